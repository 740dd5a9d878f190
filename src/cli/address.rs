//! The addresses to listen on: how they are parsed, and the error if one cannot be bound.

use super::Args;
use hello::server::{Listener, StatusPage};
use log::warn;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Whether to serve a status page, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusAddress {
    Off,
    At(SocketAddr),
}

impl StatusAddress {
    /// The default address. A second server on the same machine finds it in use, and goes on
    /// without a status page.
    const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7879);

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            _ => parse(text).map(Self::At).map_err(|error| format!("{error}, or off")),
        }
    }
}

/// Parses an address: `IP:PORT`, `NAME:PORT`, or a port alone. A port alone is one of 127.0.0.1,
/// since a server should be reachable from other machines only if its user says so.
///
/// A name stands for one address, of IPv4 if it has one, so that `localhost` means
/// 127.0.0.1.
pub(super) fn parse(text: &str) -> Result<SocketAddr, String> {
    const EXPECTED: &str =
        "expected IP:PORT, NAME:PORT or PORT, such as 127.0.0.1:7878, localhost:7878 or 7878";
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let port = port.parse().map_err(|_| EXPECTED)?;
    // An address of IPv6 needs brackets, and one that has them was parsed above if it is right.
    match host {
        "" => Ok((Ipv4Addr::LOCALHOST, port).into()),
        _ if host.contains([':', '[', ']']) => Err(EXPECTED.to_owned()),
        _ => resolve(host, port).map_err(|error| error.to_string()),
    }
}

fn resolve(host: &str, port: u16) -> io::Result<SocketAddr> {
    let addresses: Vec<_> = (host, port).to_socket_addrs()?.collect();
    let first = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    first.copied().ok_or_else(|| ErrorKind::NotFound.into())
}

/// Returns the listener of the server.
///
/// # Errors
///
/// Returns a sentence that names the address, and the option that changes it.
pub(crate) fn listen(args: &Args) -> Result<Listener, String> {
    Listener::inherit_or_bind(args.addr)
        .map_err(|error| cannot_listen(args.addr, "--addr or HELLO_ADDR", &error))
}

/// Returns the listener of the status page, or `None` if it is off. If the default address is in
/// use, the server goes on without a status page: another server on this machine has it.
///
/// # Errors
///
/// Returns a sentence that names the address, and the option that changes it, if the user chose the
/// address.
pub(crate) fn bind_status_page(args: &Args) -> Result<Option<StatusPage>, String> {
    let (address, is_chosen) = match args.status {
        Some(StatusAddress::Off) => return Ok(None),
        Some(StatusAddress::At(address)) => (address, true),
        None => (StatusAddress::DEFAULT, false),
    };
    let page = StatusPage::bind(address)
        .map_err(|error| cannot_listen(address, "--status or HELLO_STATUS", &error));
    match page {
        Ok(page) => Ok(Some(page)),
        Err(error) if is_chosen => Err(error),
        Err(error) => {
            warn!("no status page: {error}");
            Ok(None)
        }
    }
}

fn cannot_listen(address: SocketAddr, option: &str, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!("{address} is in use: choose another with {option}"),
        _ => format!("cannot listen on {address} ({option}): {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_has_several_forms() {
        for (text, address) in [
            ("127.0.0.1:7878", "127.0.0.1:7878"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:7878", "[::1]:7878"),
            (":7878", "127.0.0.1:7878"),
            ("7878", "127.0.0.1:7878"),
            ("0", "127.0.0.1:0"),
            ("localhost:7878", "127.0.0.1:7878"),
        ] {
            assert_eq!(parse(text), Ok(address.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn bad_address_is_refused_with_right_forms() {
        for text in ["", ":", "localhost", "127.0.0.1", "::1:80", "[::1]", "65536", "-1", "[]:1"] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("localhost:7878 or 7878"), "{text}: {error}");
        }
        assert!(StatusAddress::parse("on").unwrap_err().ends_with(", or off"));
        assert_eq!(StatusAddress::parse("off"), Ok(StatusAddress::Off));
    }
}
