//! HTTP/1.1 as bytes: parses the head of a request and formats a response. It uses no sockets, no
//! threads and no clock.
//!
//! The rules of RFC 9110 and RFC 9112 are applied here, so that they can be tested byte by byte.
//! The parser brings every valid request to one form, and returns an [`ErrorResponse`] with the
//! right status for every other.
//!
//! # Example
//!
//! ```
//! use hello::http::{Page, Persistence, Response, Status, parse_head};
//! use std::time::SystemTime;
//!
//! let page = Page::new(b"<h1>Hello!</h1>".to_vec(), SystemTime::UNIX_EPOCH);
//! let request = parse_head(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap().unwrap();
//! let response = match request.path {
//!     "/" => Response::page(Status::Ok, &page),
//!     _ => Response::page(Status::NotFound, &page),
//! };
//! let mut bytes = Vec::new();
//! response.write_head(&mut bytes, b"Thu, 01 Jan 1970 00:00:00 GMT", Persistence::KeepAlive);
//! bytes.extend_from_slice(response.body(request.head_only));
//! assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n") && bytes.ends_with(b"<h1>Hello!</h1>"));
//! ```
//!
//! # Choices
//!
//! Where the RFCs leave a choice, the parser is strict, unless that would refuse what browsers send.
//! Requests are smuggled where one parser is more lenient than the next.
//!
//! | what arrives | RFC | what this server does |
//! |---|---|---|
//! | a line that ends with LF alone, in a head or a body | 9112 §2.2: may be accepted | 400; in a body the connection closes |
//! | empty lines before a request | 9112 §2.2: should be ignored, at least one | up to 8 KiB are ignored |
//! | `Content-Length: 5, 5`, or two such lines | 9112 §6.3: may be accepted as one | 400 |
//! | `Transfer-Encoding` and `Content-Length` together | 9112 §6.1: may be accepted, with a close | 400 |
//! | `Transfer-Encoding` in two lines | 9112 §6.1: a list, like in one line | 400; so is a list with `chunked` twice |
//! | an `Expect` other than `100-continue` | 9110 §10.1.1: 417 is allowed | 417 |
//! | `Expect: 100-continue` with a body | 9110 §10.1.1: 100 or a final status | the final status, and a close |
//! | whitespace around `;` and `=` in a chunk's extension | 9110 §5.6.3: must be accepted | accepted, but not after the size or at the end |
//! | raw `"<>\^{\|}` or a backtick in a target | 9112 §3: should be 400 or 301 | accepted: browsers send some of them |
//! | `%zz` in a target | 9112 §3: should be 400 or 301 | accepted, as browsers send it; nothing in a path is decoded |
//! | `%zz` in a `Host` or in the authority of a target | 9112 §3.2: must be 400 | 400 |
//! | a known method other than GET and HEAD, and no body | 9110 §15.5.6: 405 | 405, and the connection stays open, unless it is CONNECT |
//! | two `If-Modified-Since` or `If-Unmodified-Since` | 9110 §13.1.3, §13.1.4: must be ignored | ignored |

mod body;
mod chunk;
mod conditional;
mod etag;
mod fields;
mod head;
mod response;
mod status;
mod target;

pub use body::Body;
pub use conditional::Conditions;
pub use etag::EntityTag;
pub use head::{
    MAX_BODY, MAX_FIELD_COUNT, MAX_FIELDS, MAX_REQUEST_LINE, Request, parse_head, wants_head_only,
};
pub use response::{Page, Persistence, Response};
pub use status::{ErrorResponse, Status};
