//! A response, from a status and a page to the bytes that go out.

use super::{EntityTag, Refusal, Status};
use std::borrow::Cow;
use std::io::Write;
use std::time::SystemTime;

/// A page as the server keeps it: its bytes, and what a client may ask about them.
#[derive(Clone, Debug)]
pub struct Page {
    /// The HTML.
    pub body: Vec<u8>,
    /// The name of this version.
    pub etag: EntityTag,
    /// Since when it has had these bytes.
    pub modified: SystemTime,
}

impl Page {
    /// A page with these bytes, last changed at `modified`.
    pub fn new(body: Vec<u8>, modified: SystemTime) -> Self {
        Self { etag: EntityTag::of(&body), body, modified }
    }
}

/// A response that ends its connection.
#[derive(Clone, Debug)]
pub struct Response<'a> {
    status: Status,
    /// What is told of the page that was found.
    validators: Option<&'a Page>,
    body: Cow<'a, [u8]>,
}

impl<'a> Response<'a> {
    /// A page, with what a client needs to ask later whether it has changed.
    pub fn page(status: Status, page: &'a Page) -> Self {
        Self { status, validators: (status == Status::Ok).then_some(page), body: Cow::Borrowed(&page.body) }
    }

    /// The news that the client already has this version of the page.
    pub fn not_modified(page: &'a Page) -> Self {
        Self { status: Status::NotModified, validators: Some(page), body: Cow::Borrowed(&[]) }
    }

    /// An error page made from `template`, in which `{{code}}`, `{{reason}}` and `{{detail}}` are filled in.
    pub fn error(refusal: Refusal, template: &str) -> Self {
        let body = template
            .replace("{{code}}", &refusal.status.code().to_string())
            .replace("{{reason}}", refusal.status.reason())
            .replace("{{detail}}", refusal.detail);
        Self { status: refusal.status, validators: None, body: Cow::Owned(body.into_bytes()) }
    }

    /// The status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// How many bytes of body go out.
    pub fn body_length(&self, head_only: bool) -> usize {
        if head_only { 0 } else { self.body.len() }
    }

    /// The response as it goes out, head and body in one piece: a second write might wait for the first to be
    /// acknowledged. To a HEAD the body is not sent, but its length is told (RFC 9110, section 9.3.2).
    pub fn encode(&self, head_only: bool, now: SystemTime) -> Vec<u8> {
        const LONGEST_HEAD: usize = 384;
        let mut out = Vec::with_capacity(LONGEST_HEAD + self.body.len());
        self.write_head(&mut out, now);
        if !head_only {
            out.extend_from_slice(&self.body);
        }
        out
    }

    fn write_head(&self, out: &mut Vec<u8>, now: SystemTime) {
        let mut line = |text: std::fmt::Arguments<'_>| {
            // Writing to a `Vec` cannot fail.
            let _ = out.write_fmt(text).and_then(|()| out.write_all(b"\r\n"));
        };
        let status = self.status;
        line(format_args!("HTTP/1.1 {} {}", status.code(), status.reason()));
        line(format_args!("Date: {}", httpdate::HttpDate::from(now)));
        if let Some(page) = self.validators {
            line(format_args!("ETag: {}", page.etag));
            line(format_args!("Last-Modified: {}", httpdate::HttpDate::from(page.modified.min(now))));
            // A page may be kept but must be asked for each time, or a cache would answer /sleep at once.
            line(format_args!("Cache-Control: no-cache"));
        }
        if status != Status::NotModified {
            line(format_args!("Content-Type: text/html; charset=utf-8"));
            line(format_args!("Content-Length: {}", self.body.len()));
        }
        if status == Status::MethodNotAllowed {
            line(format_args!("Allow: GET, HEAD"));
        }
        if status == Status::ServiceUnavailable {
            line(format_args!("Retry-After: 1"));
        }
        line(format_args!("Connection: close"));
        line(format_args!(""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    const NOW: SystemTime = UNIX_EPOCH;

    fn text(response: &Response<'_>, head_only: bool) -> String {
        String::from_utf8(response.encode(head_only, NOW)).unwrap()
    }

    fn page() -> Page {
        Page::new(b"<h1>page</h1>".to_vec(), NOW)
    }

    #[test]
    fn a_page_goes_out_with_its_length_type_date_and_validators() {
        let page = page();
        assert_eq!(
            text(&Response::page(Status::Ok, &page), false),
            format!(
                "HTTP/1.1 200 OK\r\n\
                 Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
                 ETag: {}\r\n\
                 Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
                 Cache-Control: no-cache\r\n\
                 Content-Type: text/html; charset=utf-8\r\n\
                 Content-Length: 13\r\n\
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
    fn a_page_from_the_future_is_not_said_to_be_so() {
        let page = Page::new(Vec::new(), NOW + Duration::from_secs(60));
        assert!(text(&Response::page(Status::Ok, &page), false).contains("Last-Modified: Thu, 01 Jan 1970 00:00:00"));
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
