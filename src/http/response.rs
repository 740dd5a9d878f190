//! The response: from a status and a page to the bytes that are sent.

use super::{EntityTag, ErrorResponse, Status};
use std::borrow::Cow;
use std::time::SystemTime;

/// A page: its bytes, its validators, and the prepared heads of its responses.
#[derive(Clone, Debug)]
pub struct Page {
    /// The HTML.
    pub body: Vec<u8>,
    /// The entity tag of these bytes.
    pub etag: EntityTag,
    /// When these bytes were last changed.
    pub modified: SystemTime,
    /// The beginnings of the heads of 200 and 304, to which [`Response::write_head`] appends.
    ok_head: Vec<u8>,
    not_modified_head: Vec<u8>,
}

impl Page {
    /// Creates a page with these bytes, last changed at `modified`, which must not lie in the
    /// future.
    pub fn new(body: Vec<u8>, modified: SystemTime) -> Self {
        let etag = EntityTag::of(&body);
        // A cache must revalidate a page each time, or it would answer /sleep at once.
        let validators = format!(
            "ETag: {etag}\r\nLast-Modified: {}\r\nCache-Control: no-cache\r\n",
            httpdate::HttpDate::from(modified)
        );
        let not_modified_head = (status_line(Status::NotModified) + &validators).into_bytes();
        let ok_head =
            (status_line(Status::Ok) + &validators + &content(HTML, body.len())).into_bytes();
        Self { body, etag, modified, ok_head, not_modified_head }
    }
}

/// The media type of every page.
const HTML: &str = "text/html; charset=utf-8";

/// Whether the connection stays open after a response, and how the response says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// The connection closes after the response: `Connection: close`.
    Close,
    /// The connection stays open, which is the default of HTTP/1.1.
    KeepAlive,
    /// The connection stays open, and the response says so to a client of HTTP/1.0: `Connection:
    /// keep-alive`.
    ExplicitKeepAlive,
}

/// A response without its date and its `Connection` field.
///
/// # Example
///
/// ```
/// use hello::http::{Page, Persistence, Response, Status};
/// use std::time::SystemTime;
///
/// let page = Page::new(b"<h1>page</h1>".to_vec(), SystemTime::UNIX_EPOCH);
/// let response = Response::page(Status::Ok, &page);
/// let mut out = Vec::new();
/// response.write_head(&mut out, b"Thu, 01 Jan 1970 00:00:00 GMT", Persistence::Close);
/// out.extend_from_slice(response.body(false));
/// assert!(out.starts_with(b"HTTP/1.1 200 OK\r\n") && out.ends_with(b"\r\n\r\n<h1>page</h1>"));
/// ```
#[derive(Clone, Debug)]
pub struct Response<'a> {
    status: Status,
    /// The status line and the fields that do not depend on the date or the connection.
    head: Cow<'a, [u8]>,
    body: Cow<'a, [u8]>,
}

impl<'a> Response<'a> {
    /// Creates a response with a page. If the status is 200, the response has the validators that a
    /// conditional request needs.
    pub fn page(status: Status, page: &'a Page) -> Self {
        let head = match status {
            Status::Ok => Cow::Borrowed(&page.ok_head[..]),
            other => {
                Cow::Owned((status_line(other) + &content(HTML, page.body.len())).into_bytes())
            }
        };
        Self { status, head, body: Cow::Borrowed(&page.body) }
    }

    /// Creates a 304: the client already has this version of the page.
    pub fn not_modified(page: &'a Page) -> Self {
        Self {
            status: Status::NotModified,
            head: Cow::Borrowed(&page.not_modified_head),
            body: Cow::Borrowed(&[]),
        }
    }

    /// Creates a response with a text of this media type. No cache may store it, since the text
    /// changes all the time.
    pub fn uncacheable(status: Status, content_type: &str, text: String) -> Self {
        let head = status_line(status)
            + "Cache-Control: no-store\r\n"
            + &content(content_type, text.len());
        Self { status, head: Cow::Owned(head.into_bytes()), body: Cow::Owned(text.into_bytes()) }
    }

    /// Creates a response with an error page made from `template`, in which `{{code}}`,
    /// `{{reason}}` and `{{detail}}` are filled in.
    pub fn error(error: ErrorResponse, template: &str) -> Self {
        let ErrorResponse { status, detail } = error;
        let body = template
            .replace("{{code}}", &status.code().to_string())
            .replace("{{reason}}", status.reason())
            .replace("{{detail}}", detail);
        let mut head = status_line(status) + &content(HTML, body.len());
        match status {
            Status::MethodNotAllowed => head += "Allow: GET, HEAD\r\n",
            Status::ServiceUnavailable => head += "Retry-After: 1\r\n",
            _ => {}
        }
        Self { status, head: Cow::Owned(head.into_bytes()), body: Cow::Owned(body.into_bytes()) }
    }

    /// Adds lines with further fields to the head, each with its CRLF.
    #[must_use]
    pub fn with_fields(mut self, lines: &str) -> Self {
        self.head.to_mut().extend_from_slice(lines.as_bytes());
        self
    }

    /// Returns the status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Appends the response's head to `out`, with the date and the `Connection` field.
    pub fn write_head(&self, out: &mut Vec<u8>, date: &[u8], persistence: Persistence) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"Date: ");
        out.extend_from_slice(date);
        out.extend_from_slice(match persistence {
            Persistence::Close => b"\r\nConnection: close\r\n\r\n",
            Persistence::KeepAlive => b"\r\n\r\n",
            Persistence::ExplicitKeepAlive => b"\r\nConnection: keep-alive\r\n\r\n",
        });
    }

    /// Returns the body as it is sent: the response to a HEAD has none (RFC 9110, section 9.3.2).
    pub fn body(&self, head_only: bool) -> &[u8] {
        if head_only { &[] } else { &self.body }
    }
}

fn status_line(status: Status) -> String {
    format!("HTTP/1.1 {} {}\r\n", status.code(), status.reason())
}

/// Returns the fields that describe a body of `length` bytes of this media type. A browser must not
/// guess another type from the bytes.
fn content(content_type: &str, length: usize) -> String {
    format!(
        "Content-Type: {content_type}\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Length: {length}\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn text_of(response: &Response<'_>, head_only: bool, persistence: Persistence) -> String {
        let mut bytes = Vec::new();
        response.write_head(&mut bytes, b"Thu, 01 Jan 1970 00:00:00 GMT", persistence);
        bytes.extend_from_slice(response.body(head_only));
        String::from_utf8(bytes).unwrap()
    }

    fn text(response: &Response<'_>, head_only: bool) -> String {
        text_of(response, head_only, Persistence::Close)
    }

    fn page() -> Page {
        Page::new(b"<h1>page</h1>".to_vec(), UNIX_EPOCH)
    }

    #[test]
    fn page_has_length_type_date_and_validators() {
        let page = page();
        assert_eq!(
            text(&Response::page(Status::Ok, &page), false),
            format!(
                "HTTP/1.1 200 OK\r\n\
                 ETag: {}\r\n\
                 Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
                 Cache-Control: no-cache\r\n\
                 Content-Type: text/html; charset=utf-8\r\n\
                 X-Content-Type-Options: nosniff\r\n\
                 Content-Length: 13\r\n\
                 Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
                 Connection: close\r\n\r\n<h1>page</h1>",
                page.etag
            )
        );
    }

    #[test]
    fn head_request_gets_the_head_alone() {
        let page = page();
        let response = Response::page(Status::Ok, &page);
        assert_eq!(text(&response, false), text(&response, true) + "<h1>page</h1>");
    }

    #[test]
    fn uncacheable_response_says_no_store() {
        assert_eq!(
            text(&Response::uncacheable(Status::Ok, "text/plain", "ok\n".to_owned()), false),
            "HTTP/1.1 200 OK\r\n\
             Cache-Control: no-store\r\n\
             Content-Type: text/plain\r\n\
             X-Content-Type-Options: nosniff\r\n\
             Content-Length: 3\r\n\
             Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
             Connection: close\r\n\r\nok\n"
        );
    }

    #[test]
    fn not_modified_has_tag_and_no_body() {
        let page = page();
        let text = text(&Response::not_modified(&page), false);
        assert!(text.starts_with("HTTP/1.1 304 Not Modified\r\n") && text.ends_with("\r\n\r\n"));
        assert!(text.contains(&format!("ETag: {}\r\n", page.etag)));
        assert!(!text.contains("Content-"));
    }

    #[test]
    fn not_found_page_has_no_validators() {
        let page = page();
        assert!(!text(&Response::page(Status::NotFound, &page), false).contains("ETag"));
    }

    #[test]
    fn keep_alive_is_explicit_for_http_1_0() {
        let page = page();
        let response = Response::page(Status::Ok, &page);
        assert!(!text_of(&response, false, Persistence::KeepAlive).contains("Connection"));
        assert!(
            text_of(&response, false, Persistence::ExplicitKeepAlive)
                .contains("\r\nConnection: keep-alive\r\n")
        );
    }

    #[test]
    fn error_page_has_status_and_detail() {
        let response = Response::error(
            ErrorResponse::new(Status::MethodNotAllowed, "why"),
            "{{code}} {{reason}}: {{detail}}",
        );
        let text = text(&response, false);
        assert!(text.contains("\r\nAllow: GET, HEAD\r\n"));
        assert!(text.ends_with("\r\n\r\n405 Method Not Allowed: why"));
    }

    #[test]
    fn service_unavailable_has_retry_after() {
        let response = Response::error(ErrorResponse::new(Status::ServiceUnavailable, "later"), "");
        assert!(text(&response, false).contains("\r\nRetry-After: 1\r\n"));
    }
}
