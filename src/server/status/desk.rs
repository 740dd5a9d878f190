//! The desk where the status page's visitors are answered: whom, and what there is to ask for.

use super::{page, prometheus};
use crate::http::{Persistence, Refusal, Request, Response, Status, parse_head, wants_head_only};
use crate::server::Server;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

const NOT_HERE: Refusal =
    Refusal::new(Status::NotFound, "The status page is at /, and beside it /status.json, /metrics and /healthz.");

const NOT_BY_NAME: Refusal =
    Refusal::new(Status::BadRequest, "The status page can be reached as localhost or by its IP address only.");

pub(super) struct Desk {
    server: Arc<Server>,
    /// Where the server listens.
    site: SocketAddr,
    /// Whether only this machine can reach the desk.
    private: bool,
}

impl Desk {
    pub(super) fn new(server: Arc<Server>, site: SocketAddr, address: SocketAddr) -> Self {
        Self { server, site, private: address.ip().is_loopback() }
    }

    /// The response to a request, from the bytes of the one to those of the other; `None` if more must arrive.
    pub(super) fn answer(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (response, head_only) = match parse_head(bytes) {
            Ok(None) => return None,
            Ok(Some(request)) => (self.respond(&request), request.head_only),
            Err(refusal) => (self.server.refuse(refusal), wants_head_only(bytes)),
        };
        let mut answer = Vec::new();
        let date = httpdate::fmt_http_date(SystemTime::now());
        response.write_head(&mut answer, date.as_bytes(), Persistence::Close);
        answer.extend_from_slice(response.body(head_only));
        Some(answer)
    }

    fn respond(&self, request: &Request<'_>) -> Response<'_> {
        if self.private && !request.host.is_none_or(is_this_machine) {
            return self.server.refuse(NOT_BY_NAME);
        }
        let snapshot = || self.server.snapshot();
        let fresh = |content_type, text| Response::fresh(Status::Ok, content_type, text);
        match request.path {
            "/" => fresh("text/html; charset=utf-8", page::html(&snapshot(), self.site)),
            "/status.json" => fresh("application/json", page::json(&snapshot())),
            "/metrics" => fresh("text/plain; version=0.0.4; charset=utf-8", prometheus::text(&snapshot())),
            "/healthz" if self.server.is_draining() => {
                Response::fresh(Status::ServiceUnavailable, "text/plain", "draining\n".to_owned())
            }
            "/healthz" => fresh("text/plain", "ok\n".to_owned()),
            _ => self.server.refuse(NOT_HERE),
        }
    }
}

/// Whether a `Host` calls this machine by an address or as localhost.
///
/// What only this machine can reach is safe from other sites' scripts, unless one of them has its own name lead here: the
/// browser would then take it for the same site. A site that does so still has to call itself by that name.
fn is_this_machine(host: &str) -> bool {
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
    fn this_machine_is_called_by_address_or_as_localhost() {
        for host in ["localhost", "LocalHost:7879", "127.0.0.1", "127.0.0.1:7879", "[::1]", "[::1]:7879", "10.0.0.1"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in ["", ":7879", "example.org", "example.org:7879", "localhost.example.org", "127.0.0.1.nip.io", "[]"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
