//! The routes of the status page's listener: `/`, `/status.json`, `/metrics` and `/healthz`.

use super::{page, prometheus};
use crate::http::{
    ErrorResponse, Persistence, Request, Response, Status, parse_head, wants_head_only,
};
use crate::server::Server;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

const UNKNOWN_PATH: ErrorResponse = ErrorResponse::new(
    Status::NotFound,
    "The status page is at /. There are also /status.json, /metrics and /healthz.",
);

const FOREIGN_HOST: ErrorResponse = ErrorResponse::new(
    Status::BadRequest,
    "Use localhost or the IP address to open the status page.",
);

/// The routes, with what their responses depend on.
pub(super) struct Routes {
    server: Arc<Server>,
    /// The address of the server.
    site: SocketAddr,
    /// Whether the status page listens on a loopback address, which only this machine reaches.
    is_loopback: bool,
}

impl Routes {
    pub(super) fn new(server: Arc<Server>, site: SocketAddr, address: SocketAddr) -> Self {
        Self { server, site, is_loopback: address.ip().is_loopback() }
    }

    /// Returns the bytes of the response to the bytes of a request, or `None` if the request is
    /// incomplete.
    pub(super) fn response_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (response, head_only) = match parse_head(bytes) {
            Ok(None) => return None,
            Ok(Some(request)) => (self.respond(&request), request.head_only),
            Err(error) => (self.server.error_response(error), wants_head_only(bytes)),
        };
        let mut out = Vec::new();
        let date = httpdate::fmt_http_date(SystemTime::now());
        response.write_head(&mut out, date.as_bytes(), Persistence::Close);
        out.extend_from_slice(response.body(head_only));
        Some(out)
    }

    /// Picks the response for a path.
    fn respond(&self, request: &Request<'_>) -> Response<'_> {
        if let Some(error) = request.error {
            return self.server.error_response(error);
        }
        if self.is_loopback && !request.host.is_none_or(is_address_or_localhost) {
            return self.server.error_response(FOREIGN_HOST);
        }
        let snapshot = || self.server.snapshot();
        let ok = |content_type, text| Response::uncacheable(Status::Ok, content_type, text);
        match request.path {
            "/" => ok("text/html; charset=utf-8", page::html(&snapshot(), self.site)),
            "/status.json" => ok("application/json", page::json(&snapshot())),
            "/metrics" => {
                ok("text/plain; version=0.0.4; charset=utf-8", prometheus::text(&snapshot()))
            }
            "/healthz" if self.server.is_draining() => Response::uncacheable(
                Status::ServiceUnavailable,
                "text/plain",
                "draining\n".to_owned(),
            ),
            "/healthz" => ok("text/plain", "ok\n".to_owned()),
            _ => self.server.error_response(UNKNOWN_PATH),
        }
    }
}

/// Returns whether a `Host` names this machine by an IP address or as localhost.
///
/// This prevents DNS rebinding: if the name of a web site resolves to 127.0.0.1, the browser takes
/// this page for a part of the site, and scripts of the site could read it. Such a request has the
/// site's name as its `Host`.
fn is_address_or_localhost(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
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
