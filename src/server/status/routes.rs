//! The routes of the status page's listener: `/`, `/status.json`, `/metrics`, `/healthz` and, for
//! the page's button, `/sleepers`.

use super::history::History;
use super::page::{self, View};
use super::prometheus;
use super::sleepers::Sleepers;
use crate::http::{
    ErrorResponse, Persistence, Request, Response, Status, parse_head, wants_head_only,
};
use crate::server::front_page::without_port;
use crate::server::{Server, reachable};
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

const UNKNOWN_PATH: ErrorResponse = ErrorResponse::new(
    Status::NotFound,
    "The status page is at /. There are also /status.json, /metrics and /healthz.",
);

const FOREIGN_HOST: ErrorResponse = ErrorResponse::new(
    Status::BadRequest,
    "Use localhost or the IP address to open the status page.",
);

const NOT_THE_BUTTON: ErrorResponse =
    ErrorResponse::new(Status::BadRequest, "Only the button of the status page may do this.");

/// Returns the fields that keep other sites from showing a page of this listener in theirs, or from
/// loading it at all. The page may use only what is in it, and ask only its own listener for
/// updates. No script runs but the one that has the nonce.
fn same_origin_only(nonce: &str) -> String {
    format!(
        "Content-Security-Policy: default-src 'none'; connect-src 'self'; img-src data:; \
         script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
         Cross-Origin-Resource-Policy: same-origin\r\n\
         Referrer-Policy: same-origin\r\n"
    )
}

/// Returns a number that no other site can guess: the standard library's hashers have random keys.
fn nonce() -> String {
    let random = || RandomState::new().hash_one(());
    format!("{:016x}{:016x}", random(), random())
}

/// The routes, with what their responses depend on.
pub(super) struct Routes {
    server: Arc<Server>,
    history: History,
    /// The response of `/status.json` for the latest snapshot; empty if it is not rendered yet.
    json: String,
    sleepers: Sleepers,
    /// Whether the status page listens on a loopback address, which only this machine reaches.
    is_loopback: bool,
}

impl Routes {
    pub(super) fn new(server: Arc<Server>, address: SocketAddr) -> Self {
        let sleepers = Sleepers::new(reachable(server.settings.address), server.pool.workers());
        Self {
            history: History::new(Arc::clone(&server), Instant::now()),
            json: String::new(),
            sleepers,
            server,
            is_loopback: address.ip().is_loopback(),
        }
    }

    /// Takes a sample for the plots if it is due. Returns how long it is until the next is due.
    pub(super) fn sample(&mut self, now: Instant) -> Duration {
        self.history.sample(now)
    }

    /// Returns the bytes of the response to the bytes of a request, or `None` if the request is
    /// incomplete.
    pub(super) fn response_bytes(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let nonce = nonce();
        let (response, head_only) = match parse_head(bytes) {
            Ok(None) => return None,
            Ok(Some(request)) => (self.respond(&request, &nonce), request.head_only),
            Err(error) => (self.server.error_response(error), wants_head_only(bytes)),
        };
        let response = response.with_fields(&same_origin_only(&nonce));
        let mut out = Vec::new();
        let date = httpdate::fmt_http_date(SystemTime::now());
        response.write_head(&mut out, date.as_bytes(), Persistence::Close);
        out.extend_from_slice(response.body(head_only));
        Some(out)
    }

    /// Picks the response for a path. The script of the page gets the nonce.
    fn respond(&mut self, request: &Request<'_>, nonce: &str) -> Response<'static> {
        let server = Arc::clone(&self.server);
        let error = |error| server.error_response(error);
        if let Some(refused) = request.error {
            return error(refused);
        }
        if self.is_loopback && !request.host.is_none_or(is_address_or_localhost) {
            return error(FOREIGN_HOST);
        }
        let text =
            |status, text: &str| Response::uncacheable(status, "text/plain", text.to_owned());
        let ok = |content_type, text| Response::uncacheable(Status::Ok, content_type, text);
        match request.path {
            "/" => ok("text/html; charset=utf-8", self.show(page::html, nonce)),
            "/status.json" => ok("application/json", self.json()),
            "/metrics" => {
                self.refresh();
                let text = prometheus::text(self.history.snapshot());
                ok("text/plain; version=0.0.4; charset=utf-8", text)
            }
            "/healthz" if server.is_draining() => text(Status::ServiceUnavailable, "draining\n"),
            "/healthz" => text(Status::Ok, "ok\n"),
            "/sleepers" if !is_from_this_page(request) => error(NOT_THE_BUTTON),
            "/sleepers" => {
                self.sleepers.send();
                self.json.clear();
                ok("application/json", self.json())
            }
            _ => error(UNKNOWN_PATH),
        }
    }

    /// Takes a new snapshot if it is time.
    fn refresh(&mut self) {
        if self.history.refresh(Instant::now()) {
            self.json.clear();
        }
    }

    /// Renders the present state as JSON, once for each snapshot.
    fn json(&mut self) -> String {
        self.refresh();
        if self.json.is_empty() {
            self.json = self.show(page::json, "");
        }
        self.json.clone()
    }

    /// Renders the present state.
    fn show(&mut self, render: fn(&View<'_>) -> String, nonce: &str) -> String {
        self.refresh();
        render(&View {
            snapshot: self.history.snapshot(),
            samples: &self.history.samples(),
            sleepers: self.sleepers.count(),
            message: self.sleepers.message(),
            nonce,
        })
    }
}

/// Returns whether a page of this listener sent the request, and not another site through the
/// user's browser.
fn is_from_this_page(request: &Request<'_>) -> bool {
    let path = || {
        let (_, page) = str::from_utf8(request.referer?).ok()?.split_once("://")?;
        page.strip_prefix(request.host?)
    };
    path().is_some_and(|path| path.starts_with('/'))
}

/// Returns whether a `Host` names this machine by an IP address or as localhost.
///
/// This prevents DNS rebinding: if the name of a web site resolves to 127.0.0.1, the browser takes
/// this page for a part of the site, and scripts of the site could read it. Such a request has the
/// site's name as its `Host`.
fn is_address_or_localhost(host: &str) -> bool {
    let name = without_port(host);
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_is_an_address_or_localhost() {
        for host in [
            "localhost",
            "LocalHost:7879",
            "127.0.0.1",
            "127.0.0.1:7879",
            "[::1]",
            "[::1]:7879",
            "10.0.0.1",
        ] {
            assert!(is_address_or_localhost(host), "{host}");
        }
        for host in [
            "",
            ":7879",
            "example.org",
            "example.org:7879",
            "localhost.example.org",
            "127.0.0.1.nip.io",
            "[]",
        ] {
            assert!(!is_address_or_localhost(host), "{host}");
        }
    }
}
