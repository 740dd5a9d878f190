//! The body of a request: the server discards it, and finds its end so that no part of it is parsed
//! as a request.

use super::chunk::parse_chunk_line;
use super::{ErrorResponse, Status};
use httparse::EMPTY_HEADER;
use httparse::Status::Complete;

/// The longest line that a chunked body may have: a chunk's size with its extensions, or a trailer
/// field.
const MAX_LINE: usize = 1024;

/// The part of a request's body that has not arrived yet.
///
/// # Example
///
/// ```
/// use hello::http::Body;
///
/// let mut body = Body::chunked(1024);
/// let bytes = b"5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n";
/// let skipped = body.skip(bytes).unwrap();
/// assert!(body.is_done());
/// assert_eq!(&bytes[skipped..], b"GET / HTTP/1.1\r\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    state: State,
    /// How many more bytes are accepted, framing included.
    allowance: u64,
}

/// What comes next of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Nothing: the body is complete.
    Done,
    /// So many bytes of a body with a `Content-Length`.
    Sized(u64),
    /// The line with a chunk's size.
    ChunkSize,
    /// So many bytes of a chunk's data.
    ChunkData(u64),
    /// The line end after a chunk's data.
    ChunkEnd,
    /// Field lines after the last chunk, up to an empty line.
    Trailer,
}

/// The length of the next element of a body and the state after it, or `None` if the element has
/// not arrived yet.
type Step = Result<Option<(usize, State)>, ErrorResponse>;

const MALFORMED: ErrorResponse = ErrorResponse::bad_request("The chunked body is malformed.");

const TOO_LARGE: ErrorResponse = ErrorResponse::new(
    Status::ContentTooLarge,
    "The request's body is larger than this server accepts.",
);

impl Body {
    /// Returns an empty body.
    pub const fn none() -> Self {
        Self { state: State::Done, allowance: 0 }
    }

    /// Returns a body of `length` bytes.
    ///
    /// # Errors
    ///
    /// Returns 413 if that is more than `allowance`.
    pub(super) fn sized(length: u64, allowance: u64) -> Result<Self, ErrorResponse> {
        match length {
            0 => Ok(Self::none()),
            _ if length > allowance => Err(TOO_LARGE),
            length => Ok(Self { state: State::Sized(length), allowance }),
        }
    }

    /// Returns a chunked body of at most `allowance` bytes, framing included.
    pub fn chunked(allowance: u64) -> Self {
        Self { state: State::ChunkSize, allowance }
    }

    /// Returns whether the whole body was skipped.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Skips the bytes that belong to the body, and returns how many they are.
    ///
    /// # Errors
    ///
    /// Returns 400 if the body is malformed, 413 if it is larger than it may be.
    pub fn skip(&mut self, bytes: &[u8]) -> Result<usize, ErrorResponse> {
        let mut position = 0;
        while position < bytes.len()
            && let Some((length, next)) = self.state.step(&bytes[position..])?
        {
            position += length;
            self.state = next;
        }
        self.allowance = self.allowance.checked_sub(position as u64).ok_or(TOO_LARGE)?;
        Ok(position)
    }
}

impl State {
    /// Parses the next element of the body from `bytes`, which are not empty.
    fn step(&self, bytes: &[u8]) -> Step {
        match *self {
            Self::Done => Ok(None),
            Self::Sized(left) => Ok(Some(data(left, bytes, Self::Sized, Self::Done))),
            Self::ChunkSize => chunk_size(bytes),
            Self::ChunkData(left) => Ok(Some(data(left, bytes, Self::ChunkData, Self::ChunkEnd))),
            Self::ChunkEnd => chunk_end(bytes),
            Self::Trailer => trailer(bytes),
        }
    }
}

/// Skips data, of which `left` bytes have not arrived before. `more` is the state while some are
/// left, `end` the state after them.
fn data(left: u64, bytes: &[u8], more: fn(u64) -> State, end: State) -> (usize, State) {
    let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    match left - length as u64 {
        0 => (length, end),
        left => (length, more(left)),
    }
}

fn chunk_size(bytes: &[u8]) -> Step {
    let Some(line) = first_line(bytes)? else { return Ok(None) };
    let next = match parse_chunk_line(line).ok_or(MALFORMED)? {
        0 => State::Trailer,
        size => State::ChunkData(size),
    };
    Ok(Some((line.len() + 2, next)))
}

fn chunk_end(bytes: &[u8]) -> Step {
    match bytes {
        [b'\r', b'\n', ..] => Ok(Some((2, State::ChunkSize))),
        [b'\r'] => Ok(None),
        _ => Err(MALFORMED),
    }
}

fn trailer(bytes: &[u8]) -> Step {
    match first_line(bytes)? {
        None => Ok(None),
        Some(b"") => Ok(Some((2, State::Done))),
        Some(line) if is_field(line) => Ok(Some((line.len() + 2, State::Trailer))),
        Some(_) => Err(MALFORMED),
    }
}

/// Returns the first line without its CRLF, or `None` if it has not arrived yet. A lone LF does not
/// end a line: a parser that takes it for the end would see another body.
fn first_line(bytes: &[u8]) -> Result<Option<&[u8]>, ErrorResponse> {
    match bytes.iter().position(|&byte| byte == b'\n') {
        Some(end) if end < MAX_LINE => bytes[..end].strip_suffix(b"\r").map(Some).ok_or(MALFORMED),
        None if bytes.len() <= MAX_LINE => Ok(None),
        _ => Err(MALFORMED),
    }
}

/// Returns whether a line is a header field. Any other line may be a smuggled request.
fn is_field(line: &[u8]) -> bool {
    let mut storage = [EMPTY_HEADER; 2];
    let line = [line, b"\r\n\r\n"].concat();
    matches!(httparse::parse_headers(&line, &mut storage), Ok(Complete((length, [_]))) if length == line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNKED: &[u8] = b"5;ext=1\r\nhello\r\n0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";

    #[test]
    fn sized_body_ends_after_its_bytes() {
        let mut body = Body::sized(5, 10).unwrap();
        assert_eq!(body.skip(b"hel"), Ok(3));
        assert_eq!(body.skip(b"loGET"), Ok(2));
        assert!(body.is_done());
        assert_eq!(body.skip(b"GET"), Ok(0));
    }

    #[test]
    fn chunked_body_may_arrive_in_any_pieces() {
        for cut in 0..=CHUNKED.len() {
            let mut body = Body::chunked(1000);
            let first = body.skip(&CHUNKED[..cut]).unwrap();
            let rest = [&CHUNKED[first..], b"GET"].concat();
            assert_eq!(body.skip(&rest), Ok(CHUNKED.len() - first), "cut at {cut}");
            assert!(body.is_done());
        }
    }

    #[test]
    fn malformed_chunks_are_refused() {
        for bytes in [
            &b"x\r\n"[..],
            b"1\r\nab\r\n",
            b"fffffffffffffffff\r\n",
            b"-1\r\n",
            b"\r\n",
            b"1\r\naX",
            b"1;\n\r\na\r\n",
            b"1\na\r\n",
            b"1 \r\na\r\n",
            b"1;a=\"b\r\na\r\n",
            b"0\nx: y\r\n\r\n",
            b"0\r\nx: y\n\r\n",
            b"0\r\n\n",
            b"0\r\nno field\r\n",
            b"0\r\n x: y\r\n",
            b"0\r\nx : y\r\n",
            b"0\r\n\rx: y\r\n",
        ] {
            assert_eq!(Body::chunked(1000).skip(bytes), Err(MALFORMED), "{bytes:?}");
        }
    }

    #[test]
    fn long_lines_are_refused_whole_or_incomplete() {
        let long = [b'0'; 2000];
        for bytes in [
            [b"1;", &long[..], b"\r\n"].concat(),
            [b"0\r\nx:", &long[..], b"\r\n"].concat(),
            long.to_vec(),
            [b"0\r\n", &long[..]].concat(),
        ] {
            assert_eq!(Body::chunked(10_000).skip(&bytes), Err(MALFORMED));
        }
    }

    #[test]
    fn bodies_beyond_the_allowance_are_refused() {
        assert_eq!(Body::sized(11, 10), Err(TOO_LARGE));
        assert_eq!(Body::chunked(10).skip(CHUNKED), Err(TOO_LARGE));
        assert_eq!(Body::sized(0, 0).map(|body| body.is_done()), Ok(true));
    }
}
