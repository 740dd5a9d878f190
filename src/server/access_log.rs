//! The access log, and the counts of responses by status and of skipped sleeps.

use super::Server;
use crate::http::{Request, Response, Status};
use log::info;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The parts of an access line that the client sent.
#[derive(Default)]
pub(super) struct ClientInfo<'a> {
    request_line: &'a [u8],
    referer: &'a [u8],
    user_agent: &'a [u8],
}

impl<'a> ClientInfo<'a> {
    /// Takes them from the head of a request. If the head could not be parsed, there is no
    /// `request`.
    pub(super) fn new(head: &'a [u8], request: Option<&Request<'a>>) -> Self {
        let line = head.trim_ascii_start().split(|&byte| byte == b'\n').next().unwrap_or_default();
        Self {
            request_line: line.trim_ascii_end(),
            referer: request.and_then(|request| request.referer).unwrap_or_default(),
            user_agent: request.and_then(|request| request.user_agent).unwrap_or_default(),
        }
    }
}

/// What an access line has in place of a status if the client reset the connection before it was
/// served, as in nginx's log. No response has it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// The counts of responses by status, and of skipped sleeps.
#[derive(Default)]
pub(super) struct ResponseCounts {
    by_status: [AtomicU64; Status::ALL.len()],
    skipped_sleeps: AtomicU64,
}

impl ResponseCounts {
    /// Returns every status with its count.
    pub(super) fn all(&self) -> impl Iterator<Item = (Status, u64)> {
        let counts = self.by_status.iter().map(|count| count.load(Ordering::Relaxed));
        Status::ALL.into_iter().zip(counts)
    }

    /// Returns how many sleeps were skipped because their clients had left.
    pub(super) fn skipped_sleeps(&self) -> u64 {
        self.skipped_sleeps.load(Ordering::Relaxed)
    }

    /// Counts a sleep that is skipped because its client has left.
    pub(super) fn skip_sleep(&self) {
        self.skipped_sleeps.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Display for ResponseCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answered {} requests", self.all().map(|(_, count)| count).sum::<u64>())?;
        for (position, (status, count)) in self.all().filter(|(_, count)| *count > 0).enumerate() {
            let separator = if position == 0 { ": " } else { ", " };
            write!(f, "{separator}{count} with {} {}", status.code(), status.reason())?;
        }
        match self.skipped_sleeps() {
            0 => Ok(()),
            count => write!(f, "; skipped {count} sleeps, whose clients had left"),
        }
    }
}

/// The target, in the `log` crate's sense, by which a logger distinguishes access lines from other
/// records.
///
/// The program's logger writes these lines as they are, without a level and a time of its own.
pub const ACCESS: &str = "hello::access";

impl Server {
    /// Counts a response and logs it: the combined log format, then `duration` in seconds.
    pub(super) fn log_response(
        &self,
        response: &Response<'_>,
        head_only: bool,
        client: &ClientInfo<'_>,
        peer: SocketAddr,
        now: &str,
        duration: Duration,
    ) {
        let status = response.status();
        // `ALL` lists the statuses in the order of their declaration, which a test checks.
        self.responses.by_status[status as usize].fetch_add(1, Ordering::Relaxed);
        log_line(status.code(), response.body(head_only).len(), client, peer, now, duration);
    }

    /// Logs a request that was not served because its client reset the connection, and counts its
    /// sleep as skipped.
    pub(super) fn log_reset(
        &self,
        client: &ClientInfo<'_>,
        peer: SocketAddr,
        now: &str,
        duration: Duration,
    ) {
        self.responses.skip_sleep();
        log_line(CLIENT_CLOSED_REQUEST, 0, client, peer, now, duration);
    }
}

fn log_line(
    code: u16,
    length: usize,
    client: &ClientInfo<'_>,
    peer: SocketAddr,
    now: &str,
    duration: Duration,
) {
    info!(
        target: ACCESS,
        "{} - - [{}] \"{}\" {code} {length} \"{}\" \"{}\" {:.6}",
        peer.ip(),
        LogDate(now),
        Escaped(client.request_line),
        Escaped(client.referer),
        Escaped(client.user_agent),
        duration.as_secs_f64(),
    );
}

/// An HTTP date in the combined log format: `22/Nov/2026:20:18:00 +0000`.
struct LogDate<'a>(&'a str);

impl fmt::Display for LogDate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `Sun, 22 Nov 2026 20:18:00 GMT` has the same parts at fixed offsets.
        let date = self.0;
        write!(f, "{}/{}/{}:{} +0000", &date[5..7], &date[8..11], &date[12..16], &date[17..25])
    }
}

/// Bytes from a client, escaped so that they can neither end a line or a quotation nor control a
/// terminal.
struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("-");
        }
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        for run in self.0.chunk_by(|one, next| is_plain(one) && is_plain(next)) {
            match (std::str::from_utf8(run), run[0]) {
                (Ok(text), first) if is_plain(&first) => f.write_str(text)?,
                (_, quote @ (b'"' | b'\\')) => write!(f, "\\{}", char::from(quote))?,
                (_, byte) => write!(f, "\\x{byte:02x}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_own_counter() {
        for (place, status) in Status::ALL.into_iter().enumerate() {
            assert_eq!(status as usize, place);
        }
    }

    #[test]
    fn summary_lists_counts_by_status() {
        let counts = ResponseCounts::default();
        assert_eq!(counts.to_string(), "answered 0 requests");
        counts.by_status[Status::Ok as usize].store(2, Ordering::Relaxed);
        counts.by_status[Status::NotFound as usize].store(1, Ordering::Relaxed);
        assert_eq!(counts.to_string(), "answered 3 requests: 2 with 200 OK, 1 with 404 Not Found");
        counts.skipped_sleeps.store(4, Ordering::Relaxed);
        assert!(counts.to_string().ends_with("Found; skipped 4 sleeps, whose clients had left"));
    }

    #[test]
    fn date_is_in_combined_log_format() {
        assert_eq!(
            LogDate("Sun, 06 Nov 1994 08:49:37 GMT").to_string(),
            "06/Nov/1994:08:49:37 +0000"
        );
    }

    #[test]
    fn control_bytes_and_quotes_are_escaped() {
        assert_eq!(
            Escaped(b"a\"b\\c\r\n\x1b[31m\xff").to_string(),
            "a\\\"b\\\\c\\x0d\\x0a\\x1b[31m\\xff"
        );
        assert_eq!(Escaped(b"").to_string(), "-");
    }

    #[test]
    fn malformed_request_lines_are_logged_too() {
        assert_eq!(
            ClientInfo::new(b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", None).request_line,
            b"GET / HTTP/1.1"
        );
        assert_eq!(ClientInfo::new(b"\x16\x03\x01", None).request_line, b"\x16\x03\x01");
        assert_eq!(ClientInfo::new(b"", None).request_line, b"");
    }
}
