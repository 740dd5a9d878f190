//! The header fields that this server reads, and the checks that they do not contradict each other.

use super::target::is_authority;
use super::{Body, Conditions, ErrorResponse, Status};
use httparse::Header;

/// The length of the longest name that this server knows.
const LONGEST_NAME: usize = "if-unmodified-since".len();

const REPEATED_HOST: ErrorResponse =
    ErrorResponse::bad_request("A request must have one Host field, not several.");

const REPEATED_LENGTH: ErrorResponse =
    ErrorResponse::bad_request("A request must have one Content-Length field, not several.");

const REPEATED_CODING: ErrorResponse =
    ErrorResponse::bad_request("A request must have one Transfer-Encoding field, not several.");

const UNKNOWN_EXPECTATION: ErrorResponse = ErrorResponse::new(
    Status::ExpectationFailed,
    "The only expectation that this server knows is 100-continue.",
);

/// The fields that this server reads.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) conditions: Conditions<'a>,
    pub(super) referer: Option<&'a [u8]>,
    pub(super) user_agent: Option<&'a [u8]>,
    /// Whether `Connection` has the options `close` and `keep-alive`.
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    /// Whether the client waits for 100 (Continue) before it sends the body.
    pub(super) expects_continue: bool,
    host: Option<&'a [u8]>,
    content_length: Option<&'a [u8]>,
    transfer_encoding: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// Reads the fields of a request.
    ///
    /// # Errors
    ///
    /// Returns 400 if they contradict each other or `Host` is missing or invalid, 417 if the client
    /// expects something unknown.
    pub(super) fn read(fields: &[Header<'a>], minor_version: u8) -> Result<Self, ErrorResponse> {
        let mut read = Self::default();
        for field in fields {
            read.read_field(field)?;
        }
        read.check_host(minor_version)?;
        Ok(read)
    }

    /// Reads one field. Fields that this server does not know are ignored.
    fn read_field(&mut self, field: &Header<'a>) -> Result<(), ErrorResponse> {
        let value = field.value;
        match lowercase(field.name, &mut [0; LONGEST_NAME]) {
            b"host" => set_once(&mut self.host, value, REPEATED_HOST)?,
            b"content-length" => set_once(&mut self.content_length, value, REPEATED_LENGTH)?,
            b"transfer-encoding" => set_once(&mut self.transfer_encoding, value, REPEATED_CODING)?,
            b"connection" => {
                for option in list(value) {
                    self.close |= option.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            b"expect" => {
                for expectation in list(value).filter(|expectation| !expectation.is_empty()) {
                    if !expectation.eq_ignore_ascii_case(b"100-continue") {
                        return Err(UNKNOWN_EXPECTATION);
                    }
                    self.expects_continue = true;
                }
            }
            b"if-match" => self.conditions.if_match.push(value),
            b"if-none-match" => self.conditions.if_none_match.push(value),
            b"if-modified-since" => set_date(&mut self.conditions.if_modified_since, value),
            b"if-unmodified-since" => set_date(&mut self.conditions.if_unmodified_since, value),
            b"referer" => self.referer = Some(value),
            b"user-agent" => self.user_agent = Some(value),
            _ => {}
        }
        Ok(())
    }

    /// Refuses an HTTP/1.1 request without `Host`, and an invalid `Host` (RFC 9112, section 3.2).
    fn check_host(&self, minor_version: u8) -> Result<(), ErrorResponse> {
        match self.host {
            None if minor_version > 0 => {
                Err(ErrorResponse::bad_request("An HTTP/1.1 request must have a Host field."))
            }
            Some(host) if !std::str::from_utf8(host).is_ok_and(is_authority) => {
                Err(ErrorResponse::bad_request(
                    "The Host field must be a host name with an optional port.",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Returns the value of `Host`.
    pub(super) fn host(&self) -> Option<&'a str> {
        std::str::from_utf8(self.host?).ok()
    }

    /// Returns the body that follows, of at most `allowance` bytes.
    ///
    /// # Errors
    ///
    /// Returns 400 if the end of the body is ambiguous, since it could smuggle a second request
    /// (RFC 9112, sections 6.1 and 6.3); 413 if it is too large; 501 if it has an unknown coding.
    pub(super) fn body(&self, minor_version: u8, allowance: u64) -> Result<Body, ErrorResponse> {
        let length = self.content_length.map(parse_length).transpose()?;
        let Some(codings) = self.transfer_encoding else {
            return Body::sized(length.unwrap_or(0), allowance);
        };
        if minor_version == 0 {
            return Err(ErrorResponse::bad_request("HTTP/1.0 has no Transfer-Encoding."));
        }
        if length.is_some() {
            return Err(ErrorResponse::bad_request(
                "A request must not have both Content-Length and Transfer-Encoding.",
            ));
        }
        check_codings(codings)?;
        Ok(Body::chunked(allowance))
    }
}

/// Returns a field's name in lower case, or nothing if it is longer than every name that this server
/// knows.
fn lowercase<'b>(name: &str, buffer: &'b mut [u8; LONGEST_NAME]) -> &'b [u8] {
    let Some(lower) = buffer.get_mut(..name.len()) else { return b"" };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    lower
}

/// Sets the value of a field that may occur only once.
fn set_once<'a>(
    slot: &mut Option<&'a [u8]>,
    value: &'a [u8],
    repeated: ErrorResponse,
) -> Result<(), ErrorResponse> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(repeated),
    }
}

/// Sets the value of a date field. Several lines are one list, which is not a date and so is ignored
/// (RFC 9110, sections 13.1.3 and 13.1.4).
fn set_date<'a>(date: &mut Option<&'a [u8]>, value: &'a [u8]) {
    *date = Some(if date.is_none() { value } else { b"" });
}

/// Returns the elements of a comma-separated list.
fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// Parses a `Content-Length`.
fn parse_length(value: &[u8]) -> Result<u64, ErrorResponse> {
    // `parse` would accept a sign.
    let digits = value.iter().all(u8::is_ascii_digit).then_some(value);
    digits
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
        .ok_or(ErrorResponse::bad_request("The Content-Length must be a whole number of bytes."))
}

/// Checks that the only coding is `chunked`. This server decodes no other.
fn check_codings(value: &[u8]) -> Result<(), ErrorResponse> {
    let mut codings = list(value).filter(|coding| !coding.is_empty());
    match (codings.next(), codings.next()) {
        (Some(only), None) if only.eq_ignore_ascii_case(b"chunked") => Ok(()),
        (Some(first), Some(_)) if first.eq_ignore_ascii_case(b"chunked") => {
            Err(ErrorResponse::bad_request(
                "The chunked transfer coding must come last, and only once.",
            ))
        }
        (Some(_), _) => Err(ErrorResponse::new(
            Status::NotImplemented,
            "The only transfer coding that this server decodes is chunked.",
        )),
        (None, _) => Err(ErrorResponse::bad_request("The Transfer-Encoding names no coding.")),
    }
}
