//! A client of the status page.

use super::client::{Response, get};
use super::exposition::Exposition;
use super::server::Server;
use super::wait::wait_for;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};

/// Where a server has its status page.
#[derive(Clone, Copy)]
pub(crate) struct StatusPage(pub(crate) SocketAddr);

impl StatusPage {
    /// Starts a server with these flags and a status page.
    pub(crate) fn start(flags: &[&str]) -> (Server, Self) {
        let server = Server::start(&[&["--status", "127.0.0.1:0"], flags].concat());
        let page = Self::in_log(&server.log()).expect("the log names the address");
        (server, page)
    }

    /// Finds the address in the log of a server.
    pub(crate) fn in_log(log: &str) -> Option<Self> {
        let (_, rest) = log.split_once("the status page is at http://")?;
        rest.split_whitespace().next()?.parse().ok().map(Self)
    }

    pub(crate) fn connect(self) -> TcpStream {
        Server::connect_to(self.0)
    }

    /// Opens a connection and sends these bytes.
    pub(crate) fn send(self, bytes: &str) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).expect("the status page reads the request");
        stream
    }

    /// Sends these bytes and reads the response.
    #[track_caller]
    pub(crate) fn ask(self, bytes: &str) -> Response {
        let response = Response::read(self.send(bytes));
        assert_eq!(response.header("Connection"), Some("close"), "{response:?}");
        assert!(
            response.header("Date").is_some() && response.header("Content-Type").is_some(),
            "{response:?}"
        );
        response
    }

    #[track_caller]
    pub(crate) fn metrics(self) -> Exposition {
        let response = self.ask(&get("/metrics"));
        let content_type = response.header("Content-Type");
        assert_eq!(content_type, Some("text/plain; version=0.0.4; charset=utf-8"));
        Exposition::parse(response.text())
    }

    /// Reads the metrics until they meet a condition, and returns them.
    #[track_caller]
    pub(crate) fn wait_for_metrics(
        self,
        what: &str,
        condition: impl Fn(&Exposition) -> bool,
    ) -> Exposition {
        wait_for(what, || {
            let metrics = self.metrics();
            if condition(&metrics) { Ok(metrics) } else { Err(metrics) }
        })
    }

    /// Waits until so many connections are parked.
    #[track_caller]
    pub(crate) fn wait_for_parked(self, count: u32) {
        self.wait_for_metrics(&format!("parking {count} connections"), |metrics| {
            metrics.value("hello_connections_parked") == f64::from(count)
        });
    }
}
