//! What the header fields of a request mean to this server, and which of them make it unacceptable.

use super::target::is_authority;
use super::{Body, Conditions, Refusal, Status};
use httparse::Header;

/// The fields this server reads.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) conditions: Conditions<'a>,
    pub(super) referer: Option<&'a [u8]>,
    pub(super) user_agent: Option<&'a [u8]>,
    /// What `Connection` says: `close`, `keep-alive`, neither or both.
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    /// Whether the client waits to be told that its body is welcome.
    pub(super) expects_continue: bool,
    host: Option<&'a [u8]>,
    content_length: Option<&'a [u8]>,
    transfer_encoding: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// Sorts out the fields, and refuses a request whose fields contradict each other.
    pub(super) fn read(fields: &[Header<'a>], minor_version: u8) -> Result<Self, Refusal> {
        let mut read = Self::default();
        for field in fields {
            read.take(field)?;
        }
        read.check_host(minor_version)?;
        Ok(read)
    }

    fn take(&mut self, field: &Header<'a>) -> Result<(), Refusal> {
        let value = field.value;
        let is = |name| field.name.eq_ignore_ascii_case(name);
        if is("host") {
            if self.host.replace(value).is_some() {
                return Err(Refusal::bad_request("A request must have one Host field, not several."));
            }
        } else if is("content-length") {
            if self.content_length.replace(value).is_some_and(|before| before != value) {
                return Err(Refusal::bad_request("The Content-Length fields contradict each other."));
            }
        } else if is("transfer-encoding") {
            if self.transfer_encoding.replace(value).is_some() {
                return Err(Refusal::bad_request("A request must have one Transfer-Encoding field, not several."));
            }
        } else if is("connection") {
            for option in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
                self.close |= option.eq_ignore_ascii_case(b"close");
                self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            }
        } else if is("expect") {
            self.expects_continue |= value.eq_ignore_ascii_case(b"100-continue");
        } else if is("if-match") {
            self.conditions.if_match.push(value);
        } else if is("if-none-match") {
            self.conditions.if_none_match.push(value);
        } else if is("if-modified-since") {
            self.conditions.if_modified_since = Some(value);
        } else if is("if-unmodified-since") {
            self.conditions.if_unmodified_since = Some(value);
        } else if is("referer") {
            self.referer = Some(value);
        } else if is("user-agent") {
            self.user_agent = Some(value);
        }
        Ok(())
    }

    /// RFC 9112, section 3.2: HTTP/1.1 needs a `Host`, and what is there must be one.
    fn check_host(&self, minor_version: u8) -> Result<(), Refusal> {
        match self.host {
            None if minor_version > 0 => Err(Refusal::bad_request("An HTTP/1.1 request must have a Host field.")),
            Some(host) if !std::str::from_utf8(host).is_ok_and(is_authority) => {
                Err(Refusal::bad_request("The Host field must be a host name, with a port if need be."))
            }
            _ => Ok(()),
        }
    }

    /// Whom the request is addressed to.
    pub(super) fn host(&self) -> Option<&'a str> {
        std::str::from_utf8(self.host?).ok()
    }

    /// The body that follows, of at most `allowance` bytes.
    ///
    /// RFC 9112, sections 6.1 and 6.3: a body whose end is in doubt could smuggle a second request.
    pub(super) fn body(&self, minor_version: u8, allowance: u64) -> Result<Body, Refusal> {
        let length = self.content_length.map(parse_length).transpose()?;
        let Some(codings) = self.transfer_encoding else {
            return Body::sized(length.unwrap_or(0), allowance);
        };
        if minor_version == 0 {
            return Err(Refusal::bad_request("HTTP/1.0 knows no Transfer-Encoding."));
        }
        if length.is_some() {
            return Err(Refusal::bad_request("A request must not have both Content-Length and Transfer-Encoding."));
        }
        check_codings(codings)?;
        Ok(Body::chunked(allowance))
    }
}

/// A length is one number, or, by a mistake some senders make, the same number several times.
fn parse_length(value: &[u8]) -> Result<u64, Refusal> {
    let mut lengths = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let first = lengths.next().unwrap_or_default();
    // `parse` would let a sign pass.
    let digits = first.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(first).ok()?.parse().ok()).flatten();
    digits
        .filter(|_| lengths.all(|other| other == first))
        .ok_or(Refusal::bad_request("The Content-Length must be a whole number of bytes."))
}

/// The last coding must be `chunked`, once; this server undoes no other.
fn check_codings(value: &[u8]) -> Result<(), Refusal> {
    let mut codings = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|coding| !coding.is_empty());
    match (codings.next(), codings.next()) {
        (Some(only), None) if only.eq_ignore_ascii_case(b"chunked") => Ok(()),
        (Some(first), Some(_)) if first.eq_ignore_ascii_case(b"chunked") => {
            Err(Refusal::bad_request("The chunked transfer coding must come last, and only once."))
        }
        (Some(_), _) => Err(Refusal::new(Status::NotImplemented, "The only transfer coding known here is chunked.")),
        (None, _) => Err(Refusal::bad_request("The Transfer-Encoding names no coding.")),
    }
}
