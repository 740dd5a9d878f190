//! HTTP/1.1 as bytes: parses the head of a request and formats a response. It uses no sockets, no
//! threads and no clock.
//!
//! The rules of RFC 9110 and RFC 9112 are applied here, so that they can be tested byte by byte.
//! The parser brings every valid request to one form, and returns an [`ErrorResponse`] with the
//! right status for every other.

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
