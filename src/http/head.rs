//! The parser of a request's head: the request line and the header fields, from bytes that may be
//! incomplete.

use super::fields::Fields;
use super::target::Target;
use super::{Body, Conditions, ErrorResponse, Status};
use httparse::{EMPTY_HEADER, Header};

/// The longest request line, in bytes. RFC 9112, section 3 recommends at least 8000.
pub const MAX_REQUEST_LINE: usize = 8 * 1024;

/// The most bytes that all field lines of a request may have together.
pub const MAX_FIELDS: usize = 16 * 1024;

/// The most field lines a request may have.
pub const MAX_FIELD_COUNT: usize = 100;

/// The methods of RFC 9110 and RFC 5789 that this server knows but does not allow.
const KNOWN_METHODS: [&[u8]; 7] =
    [b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"];

/// The most bytes that a request's body may have.
pub const MAX_BODY: u64 = 1024 * 1024;

/// The longest method: more than any that is registered with IANA.
const MAX_METHOD: usize = 32;

/// A request of HTTP/1.x with a known method, in canonical form.
#[derive(Debug)]
pub struct Request<'a> {
    /// The path, without query, scheme or authority.
    pub path: &'a str,
    /// The response in place of a page, if the method is neither GET nor HEAD: 405.
    pub error: Option<ErrorResponse>,
    /// Whether only the head of the response is wanted.
    pub head_only: bool,
    /// Whether the connection may serve another request after this one.
    pub keep_alive: bool,
    /// Whether the version is HTTP/1.0. The response must then say that the connection stays open.
    pub is_http_1_0: bool,
    /// The body that follows the head, none of it skipped yet.
    pub body: Body,
    /// The length of the head in bytes, empty lines before it included.
    pub length: usize,
    /// The host name and port of the target or of `Host`; a request of HTTP/1.0 may lack them.
    pub host: Option<&'a str>,
    /// The preconditions.
    pub conditions: Conditions<'a>,
    /// The value of `Referer`.
    pub referer: Option<&'a [u8]>,
    /// The value of `User-Agent`.
    pub user_agent: Option<&'a [u8]>,
}

/// Parses a request's head from the bytes that have arrived so far.
///
/// Returns `None` if the head is incomplete. The result does not depend on how the bytes were cut
/// into pieces, except that a head that cannot become valid is refused as soon as that is certain.
/// At most `MAX_REQUEST_LINE + MAX_FIELDS` bytes are ever needed.
///
/// # Errors
///
/// Returns an [`ErrorResponse`] with the status that RFC 9110 and RFC 9112 require: 400, 413, 414,
/// 417, 431, 501 or 505. The beginning of the next request is then unknown, so the connection must
/// close.
///
/// # Example
///
/// ```
/// use hello::http::parse_head;
///
/// let bytes = b"HEAD /sleep?a HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// assert!(parse_head(&bytes[..20]).unwrap().is_none());
///
/// let request = parse_head(bytes).unwrap().unwrap();
/// assert_eq!((request.path, request.head_only), ("/sleep", true));
/// ```
pub fn parse_head(bytes: &[u8]) -> Result<Option<Request<'_>>, ErrorResponse> {
    let start = skip_empty_lines(bytes)?;
    let head = &bytes[start..];
    let Some(end) = head.iter().position(|&byte| byte == b'\n') else {
        return check_unfinished_line(head).map(|()| None);
    };
    let line = RequestLine::parse(&head[..end])?;
    let mut storage = [EMPTY_HEADER; MAX_FIELD_COUNT];
    let Some((fields_length, fields)) = parse_fields(&head[end + 1..], &mut storage)? else {
        return Ok(None);
    };
    let fields = Fields::read(fields, line.minor_version)?;
    let body = fields.body(line.minor_version, MAX_BODY)?;
    let error = method_error(line.method)?;
    let is_http_1_0 = line.minor_version == 0;
    // A client that expects 100 may or may not send its body after another response, and one that
    // asks for a tunnel may send anything. The next bytes are then ambiguous, so the connection
    // must close (RFC 9110, section 10.1.1). The body of a refused request is not worth reading.
    let is_ambiguous = line.method == b"CONNECT"
        || !body.is_done() && (fields.expects_continue || error.is_some());
    Ok(Some(Request {
        path: line.target.path,
        error,
        head_only: line.method == b"HEAD",
        keep_alive: !fields.close && (!is_http_1_0 || fields.keep_alive) && !is_ambiguous,
        is_http_1_0,
        body,
        length: start + end + 1 + fields_length,
        host: line.target.authority.or(fields.host()),
        conditions: fields.conditions,
        referer: fields.referer,
        user_agent: fields.user_agent,
    }))
}

/// Returns 405 if the method is known but not allowed.
///
/// # Errors
///
/// Returns 501 if it is unknown.
fn method_error(method: &[u8]) -> Result<Option<ErrorResponse>, ErrorResponse> {
    match method {
        b"GET" | b"HEAD" => Ok(None),
        known if KNOWN_METHODS.contains(&known) => Ok(Some(METHOD_NOT_ALLOWED)),
        _ => Err(UNKNOWN_METHOD),
    }
}

/// Returns whether a request that cannot be parsed is a HEAD, so that the error response must have
/// no body.
pub fn wants_head_only(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"HEAD ")
}

const METHOD_NOT_ALLOWED: ErrorResponse = ErrorResponse::new(
    Status::MethodNotAllowed,
    "The pages here can be read with GET and HEAD only.",
);

const UNKNOWN_METHOD: ErrorResponse =
    ErrorResponse::new(Status::NotImplemented, "This server does not know the request's method.");

const LONG_LINE: ErrorResponse =
    ErrorResponse::new(Status::UriTooLong, "The request line may have 8192 bytes at most.");

const NO_REQUEST: ErrorResponse = ErrorResponse::bad_request("This is not an HTTP request.");

const LONE_LF: ErrorResponse = ErrorResponse::bad_request(
    "The lines of a request must end with CR and LF, not with LF alone.",
);

/// Skips empty lines before a request, which some clients send (RFC 9112, section 2.2). Returns
/// their length.
fn skip_empty_lines(bytes: &[u8]) -> Result<usize, ErrorResponse> {
    let mut rest = bytes;
    while let Some(after) = rest.strip_prefix(b"\r\n") {
        rest = after;
    }
    let skipped = bytes.len() - rest.len();
    if skipped > MAX_REQUEST_LINE { Err(NO_REQUEST) } else { Ok(skipped) }
}

/// Refuses the beginning of a line that cannot become a request line, such as a TLS handshake.
fn check_unfinished_line(line: &[u8]) -> Result<(), ErrorResponse> {
    let method = line.split(|&byte| byte == b' ').next().unwrap_or_default();
    let finished = method.len() < line.len();
    // A lone CR may be the first half of an empty line's end.
    if !method.iter().all(|&byte| is_token(byte)) && line != b"\r" || finished && method.is_empty()
    {
        Err(NO_REQUEST)
    } else if method.len() > MAX_METHOD {
        Err(UNKNOWN_METHOD)
    } else if line.len() > MAX_REQUEST_LINE {
        Err(LONG_LINE)
    } else {
        Ok(())
    }
}

/// The parts of a request line.
struct RequestLine<'a> {
    method: &'a [u8],
    target: Target<'a>,
    minor_version: u8,
}

impl<'a> RequestLine<'a> {
    /// Parses `method SP target SP version` without the LF of the line.
    fn parse(line: &'a [u8]) -> Result<Self, ErrorResponse> {
        check_unfinished_line(line)?;
        let line = line.strip_suffix(b"\r").ok_or(LONE_LF)?;
        let mut words = line.split(|&byte| byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(ErrorResponse::bad_request(
                "A request line has three parts: a method, a target and a version, with one space between.",
            ));
        };
        let minor_version = minor_version(version)?;
        Ok(Self { method, target: Target::parse(method, target)?, minor_version })
    }
}

/// Returns the minor version. A higher one than 1 is treated as 1 (RFC 9110, section 2.5).
fn minor_version(version: &[u8]) -> Result<u8, ErrorResponse> {
    match version {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'0'..=b'9'] => Ok(minor - b'0'),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Err(ErrorResponse::new(
            Status::HttpVersionNotSupported,
            "This server supports HTTP/1.0 and HTTP/1.1.",
        )),
        _ => Err(ErrorResponse::bad_request(
            "A request line ends with its version, such as HTTP/1.1.",
        )),
    }
}

/// Parses the field lines up to the empty line that ends them. Returns them with their length, or
/// `None` if that line has not arrived yet.
fn parse_fields<'s, 'a>(
    bytes: &'a [u8],
    storage: &'s mut [Header<'a>],
) -> Result<Option<(usize, &'s [Header<'a>])>, ErrorResponse> {
    const TOO_LARGE: ErrorResponse = ErrorResponse::new(
        Status::RequestHeaderFieldsTooLarge,
        "A request may have 100 header fields at most, and 16 KiB of them in all.",
    );
    match httparse::parse_headers(bytes, storage) {
        Ok(httparse::Status::Complete((length, fields))) if length <= MAX_FIELDS => {
            check_line_ends(&bytes[..length])?;
            Ok(Some((length, fields)))
        }
        Ok(httparse::Status::Partial) if bytes.len() <= MAX_FIELDS => {
            check_line_ends(bytes)?;
            Ok(None)
        }
        Ok(_) | Err(httparse::Error::TooManyHeaders) => Err(TOO_LARGE),
        Err(_) => Err(ErrorResponse::bad_request("A header field is malformed.")),
    }
}

/// Checks that no line ends with LF alone, which `httparse` accepts.
fn check_line_ends(lines: &[u8]) -> Result<(), ErrorResponse> {
    let mut lines = lines.split_inclusive(|&byte| byte == b'\n');
    let has_lone_lf = lines.any(|line| line.ends_with(b"\n") && !line.ends_with(b"\r\n"));
    if has_lone_lf { Err(LONE_LF) } else { Ok(()) }
}

/// Returns whether this byte may be part of a token, such as a method (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests;
