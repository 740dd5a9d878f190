//! Whether a server answers with the right page.

use super::PAGE;
use crate::servers::Mode;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for the page as the load will: once, or twice on one connection.
///
/// # Errors
///
/// What was wrong with the answer.
pub fn check(address: SocketAddr, mode: Mode) -> Result<(), String> {
    let connection = TcpStream::connect(address)
        .map_err(|error| format!("does not let a client in: {error}"))?;
    let patience = connection
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| connection.set_write_timeout(Some(PATIENCE)));
    patience.map_err(|error| error.to_string())?;
    let mut from_server = BufReader::new(&connection);
    let (times, field) = match mode {
        Mode::Close => (1, "Connection: close\r\n"),
        Mode::KeepAlive => (2, ""),
    };
    for time in 1..=times {
        let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\n{field}\r\n");
        (&connection)
            .write_all(request.as_bytes())
            .map_err(|error| format!("takes no request: {error}"))?;
        answer(&mut from_server)
            .map_err(|error| format!("answers request {time} of {times} wrongly: {error}"))?;
    }
    Ok(())
}

/// Reads one response and finds it right: the status, the type, and every byte of the page.
fn answer(from_server: &mut impl BufRead) -> Result<(), String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        match from_server.read_line(&mut head) {
            Ok(0) => return Err(format!("it ends within its head: {head:?}")),
            Ok(_) => {}
            Err(error) => return Err(format!("its head does not arrive: {error}")),
        }
    }
    let mut lines = head.lines();
    if !lines.next().is_some_and(|line| line.starts_with("HTTP/1.1 200 ")) {
        return Err(format!("not a 200: {head:?}"));
    }
    let field = |wanted: &str| {
        let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    if !field("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(format!("not said to be HTML: {head:?}"));
    }
    let length = field("content-length").and_then(|length| length.parse().ok());
    // Our own server fills in some addresses.
    let length = length
        .filter(|length| PAGE.len().abs_diff(*length) < 100)
        .ok_or_else(|| format!("not said to be of some {} bytes: {head:?}", PAGE.len()))?;
    let mut body = vec![0; length];
    from_server
        .read_exact(&mut body)
        .map_err(|error| format!("its body does not arrive: {error}"))?;
    let is_page = body.starts_with(&PAGE[..PAGE.len() / 2])
        && body.ends_with(&PAGE[PAGE.len() - PAGE.len() / 32..]);
    if is_page { Ok(()) } else { Err("another page".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(head: &str, body: &[u8]) -> Vec<u8> {
        [format!("{head}\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    #[test]
    fn the_page_is_right_in_any_case_of_letters() {
        let right = response("HTTP/1.1 200 OK\r\ncontent-TYPE: text/html; charset=utf-8", PAGE);
        assert_eq!(answer(&mut &right[..]), Ok(()));
    }

    #[test]
    fn anything_else_is_wrong() {
        let mut spoilt = PAGE.to_vec();
        *spoilt.last_mut().unwrap() ^= 1;
        let html = "Content-Type: text/html";
        for wrong in [
            response(&format!("HTTP/1.1 404 Not Found\r\n{html}"), PAGE),
            response("HTTP/1.1 200 OK", PAGE),
            response(&format!("HTTP/1.1 200 OK\r\n{html}"), &PAGE[1..]),
            response(&format!("HTTP/1.1 200 OK\r\n{html}"), &spoilt),
            b"HTTP/1.1 200 OK\r\n".to_vec(),
            Vec::new(),
        ] {
            assert!(answer(&mut &wrong[..]).is_err(), "{:?}", String::from_utf8_lossy(&wrong));
        }
    }
}
