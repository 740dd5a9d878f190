//! HTTP/1.1 as bytes: a request's head in, a response out. No sockets, no threads, no clock.
//!
//! What a server owes a client by RFC 9110 and RFC 9112 is decided here, so that it can be tested byte by byte. The
//! parser brings every acceptable request to one form, and what is not acceptable to a [`Refusal`] with its status.

mod body;
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
pub use head::{MAX_BODY, MAX_FIELD_COUNT, MAX_FIELDS, MAX_REQUEST_LINE, Request, parse_head, wants_head_only};
pub use response::{Page, Persistence, Response};
pub use status::{Refusal, Status};
