//! A response, from a status and a page to the bytes that go out.

use super::{EntityTag, Refusal, Status};
use std::borrow::Cow;
use std::time::SystemTime;

/// A page as the server keeps it: its bytes, what a client may ask about them, and most of its responses ready to go.
#[derive(Clone, Debug)]
pub struct Page {
    /// The HTML.
    pub body: Vec<u8>,
    /// The name of this version.
    pub etag: EntityTag,
    /// Since when it has had these bytes.
    pub modified: SystemTime,
    /// The heads of 200 and 304, as [`Response::write_head`] wants them.
    found: Vec<u8>,
    unchanged: Vec<u8>,
}

impl Page {
    /// A page with these bytes, last changed at `modified`, which must not lie in the future.
    pub fn new(body: Vec<u8>, modified: SystemTime) -> Self {
        let etag = EntityTag::of(&body);
        // A page may be kept but must be asked for each time, or a cache would answer /sleep at once.
        let validators = format!(
            "ETag: {etag}\r\nLast-Modified: {}\r\nCache-Control: no-cache\r\n",
            httpdate::HttpDate::from(modified)
        );
        let unchanged = (status_line(Status::NotModified) + &validators).into_bytes();
        let found = (status_line(Status::Ok) + &validators + &content(HTML, body.len())).into_bytes();
        Self { body, etag, modified, found, unchanged }
    }
}

/// The type of every page.
const HTML: &str = "text/html; charset=utf-8";

/// What a response says of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// It ends with this response.
    Close,
    /// It stays open, as HTTP/1.1 takes for granted.
    KeepAlive,
    /// It stays open, and a client of HTTP/1.0 must be told.
    KeepAliveSaid,
}

/// A response, but for its date and what it says of its connection.
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
    /// The status line and the fields that are known beforehand.
    head: Cow<'a, [u8]>,
    body: Cow<'a, [u8]>,
}

impl<'a> Response<'a> {
    /// A page. If it is the one that was asked for, with what a client needs to ask later whether it has changed.
    pub fn page(status: Status, page: &'a Page) -> Self {
        let head = match status {
            Status::Ok => Cow::Borrowed(&page.found[..]),
            other => Cow::Owned((status_line(other) + &content(HTML, page.body.len())).into_bytes()),
        };
        Self { status, head, body: Cow::Borrowed(&page.body) }
    }

    /// The news that the client already has this version of the page.
    pub fn not_modified(page: &'a Page) -> Self {
        Self { status: Status::NotModified, head: Cow::Borrowed(&page.unchanged), body: Cow::Borrowed(&[]) }
    }

    /// Something that was true a moment ago, and is not to be kept: text of this type.
    pub fn fresh(status: Status, content_type: &str, text: String) -> Self {
        let head = status_line(status) + "Cache-Control: no-store\r\n" + &content(content_type, text.len());
        Self { status, head: Cow::Owned(head.into_bytes()), body: Cow::Owned(text.into_bytes()) }
    }

    /// An error page made from `template`, in which `{{code}}`, `{{reason}}` and `{{detail}}` are filled in.
    pub fn error(refusal: Refusal, template: &str) -> Self {
        let Refusal { status, detail } = refusal;
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

    /// The status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Appends the response's head to `out`: what is known beforehand, the date, and what becomes of the connection.
    pub fn write_head(&self, out: &mut Vec<u8>, date: &[u8], persistence: Persistence) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"Date: ");
        out.extend_from_slice(date);
        out.extend_from_slice(match persistence {
            Persistence::Close => b"\r\nConnection: close\r\n\r\n",
            Persistence::KeepAlive => b"\r\n\r\n",
            Persistence::KeepAliveSaid => b"\r\nConnection: keep-alive\r\n\r\n",
        });
    }

    /// The body as it goes out: a HEAD is told its length but not sent it (RFC 9110, section 9.3.2).
    pub fn body(&self, head_only: bool) -> &[u8] {
        if head_only { &[] } else { &self.body }
    }
}

fn status_line(status: Status) -> String {
    format!("HTTP/1.1 {} {}\r\n", status.code(), status.reason())
}

/// The fields that describe `length` bytes of this type.
fn content(content_type: &str, length: usize) -> String {
    format!("Content-Type: {content_type}\r\nContent-Length: {length}\r\n")
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
    fn a_page_goes_out_with_its_length_type_date_and_validators() {
        let page = page();
        assert_eq!(
            text(&Response::page(Status::Ok, &page), false),
            format!(
                "HTTP/1.1 200 OK\r\n\
                 ETag: {}\r\n\
                 Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
                 Cache-Control: no-cache\r\n\
                 Content-Type: text/html; charset=utf-8\r\n\
                 Content-Length: 13\r\n\
                 Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
                 Connection: close\r\n\r\n<h1>page</h1>",
                page.etag
            )
        );
    }

    #[test]
    fn to_a_head_goes_the_same_head_and_no_body() {
        let page = page();
        let response = Response::page(Status::Ok, &page);
        assert_eq!(text(&response, false), text(&response, true) + "<h1>page</h1>");
    }

    #[test]
    fn what_is_fresh_says_that_it_will_not_keep() {
        assert_eq!(
            text(&Response::fresh(Status::Ok, "text/plain", "ok\n".to_owned()), false),
            "HTTP/1.1 200 OK\r\n\
             Cache-Control: no-store\r\n\
             Content-Type: text/plain\r\n\
             Content-Length: 3\r\n\
             Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
             Connection: close\r\n\r\nok\n"
        );
    }

    #[test]
    fn not_modified_has_its_tag_and_no_body() {
        let page = page();
        let text = text(&Response::not_modified(&page), false);
        assert!(text.starts_with("HTTP/1.1 304 Not Modified\r\n") && text.ends_with("\r\n\r\n"));
        assert!(text.contains(&format!("ETag: {}\r\n", page.etag)));
        assert!(!text.contains("Content-"));
    }

    #[test]
    fn a_page_that_was_not_asked_for_has_no_validators() {
        let page = page();
        assert!(!text(&Response::page(Status::NotFound, &page), false).contains("ETag"));
    }

    #[test]
    fn a_connection_that_stays_is_announced_only_where_it_is_not_taken_for_granted() {
        let page = page();
        let response = Response::page(Status::Ok, &page);
        assert!(!text_of(&response, false, Persistence::KeepAlive).contains("Connection"));
        assert!(text_of(&response, false, Persistence::KeepAliveSaid).contains("\r\nConnection: keep-alive\r\n"));
    }

    #[test]
    fn an_error_page_says_what_is_wrong() {
        let response =
            Response::error(Refusal::new(Status::MethodNotAllowed, "why"), "{{code}} {{reason}}: {{detail}}");
        let text = text(&response, false);
        assert!(text.contains("\r\nAllow: GET, HEAD\r\n"));
        assert!(text.ends_with("\r\n\r\n405 Method Not Allowed: why"));
    }

    #[test]
    fn an_overloaded_server_says_when_to_come_back() {
        let response = Response::error(Refusal::new(Status::ServiceUnavailable, "later"), "");
        assert!(text(&response, false).contains("\r\nRetry-After: 1\r\n"));
    }
}
