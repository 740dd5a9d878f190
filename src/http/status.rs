//! The statuses of this server's responses, and the errors that some of them report.

/// A status code with its reason phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of RFC 9110, section 15")]
pub enum Status {
    Ok,
    NotModified,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    PreconditionFailed,
    ContentTooLarge,
    UriTooLong,
    ExpectationFailed,
    RequestHeaderFieldsTooLarge,
    InternalServerError,
    NotImplemented,
    ServiceUnavailable,
    HttpVersionNotSupported,
}

impl Status {
    /// Every status, in the order of the codes. So an array of counts can have one for each, as the
    /// server's has.
    pub const ALL: [Self; 15] = [
        Self::Ok,
        Self::NotModified,
        Self::BadRequest,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::PreconditionFailed,
        Self::ContentTooLarge,
        Self::UriTooLong,
        Self::ExpectationFailed,
        Self::RequestHeaderFieldsTooLarge,
        Self::InternalServerError,
        Self::NotImplemented,
        Self::ServiceUnavailable,
        Self::HttpVersionNotSupported,
    ];

    /// Returns the status code, a number of three digits.
    pub fn code(self) -> u16 {
        self.code_and_reason().0
    }

    /// Returns the reason phrase, which follows the code in a status line.
    pub fn reason(self) -> &'static str {
        self.code_and_reason().1
    }

    fn code_and_reason(self) -> (u16, &'static str) {
        match self {
            Self::Ok => (200, "OK"),
            Self::NotModified => (304, "Not Modified"),
            Self::BadRequest => (400, "Bad Request"),
            Self::NotFound => (404, "Not Found"),
            Self::MethodNotAllowed => (405, "Method Not Allowed"),
            Self::RequestTimeout => (408, "Request Timeout"),
            Self::PreconditionFailed => (412, "Precondition Failed"),
            Self::ContentTooLarge => (413, "Content Too Large"),
            Self::UriTooLong => (414, "URI Too Long"),
            Self::ExpectationFailed => (417, "Expectation Failed"),
            Self::RequestHeaderFieldsTooLarge => (431, "Request Header Fields Too Large"),
            Self::InternalServerError => (500, "Internal Server Error"),
            Self::NotImplemented => (501, "Not Implemented"),
            Self::ServiceUnavailable => (503, "Service Unavailable"),
            Self::HttpVersionNotSupported => (505, "HTTP Version Not Supported"),
        }
    }
}

/// An error response before its page is made: a status, and a sentence that the error page shows.
///
/// # Example
///
/// ```
/// use hello::http::{Status, parse_head};
///
/// let error = parse_head(b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap_err();
/// assert_eq!(error.status, Status::NotImplemented);
/// assert_eq!((error.status.code(), error.status.reason()), (501, "Not Implemented"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The status of the response.
    pub status: Status,
    /// What is wrong with the request and what would be right, as text that is also valid HTML.
    pub detail: &'static str,
}

impl ErrorResponse {
    /// Creates an error response with `status`, explained by `detail`.
    pub const fn new(status: Status, detail: &'static str) -> Self {
        Self { status, detail }
    }

    /// Creates an error response with 400.
    pub(super) const fn bad_request(detail: &'static str) -> Self {
        Self::new(Status::BadRequest, detail)
    }
}
