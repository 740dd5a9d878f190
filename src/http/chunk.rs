//! The line before a chunk: its size, and extensions, which are checked and ignored (RFC 9112,
//! section 7.1.1).

use super::head::is_token;

/// Parses the line before a chunk, without its line end, and returns the size of the chunk. Returns
/// `None` if the line is malformed.
///
/// Every byte must follow the grammar. If two parsers read the same line differently, they disagree
/// about where the body ends, and one of them takes a part of it for a request.
pub(super) fn parse_chunk_line(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (size, mut rest) = line.split_at(digits);
    while !rest.is_empty() {
        rest = skip_extension(rest)?;
    }
    u64::from_str_radix(str::from_utf8(size).ok()?, 16).ok()
}

/// Skips a semicolon, a name and an optional value. Whitespace may stand around the semicolon and
/// the equals sign: no sender may write it there, but every recipient must accept it (RFC 9110,
/// section 5.6.3).
fn skip_extension(bytes: &[u8]) -> Option<&[u8]> {
    let name = skip_whitespace(bytes).strip_prefix(b";")?;
    let rest = skip_token(skip_whitespace(name))?;
    let Some(value) = skip_whitespace(rest).strip_prefix(b"=") else { return Some(rest) };
    let value = skip_whitespace(value);
    value.strip_prefix(b"\"").map_or_else(|| skip_token(value), skip_quoted)
}

fn skip_whitespace(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &bytes[length..]
}

/// Skips a token, which has one byte at least.
fn skip_token(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().take_while(|byte| is_token(**byte)).count();
    (length > 0).then(|| &bytes[length..])
}

/// Skips the rest of a quoted string, up to its closing quote (RFC 9110, section 5.6.4).
fn skip_quoted(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        bytes = match bytes {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', escaped, rest @ ..] if is_text(*escaped) => rest,
            [byte, rest @ ..] if is_text(*byte) && *byte != b'\\' => rest,
            _ => return None,
        };
    }
}

/// Returns whether this byte may be part of a text: any but a control character.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_extensions_follow_the_grammar() {
        for (line, size) in [
            (&b"5"[..], 5),
            (b"0", 0),
            (b"00aF", 0xaf),
            (b"ffffffffffffffff", u64::MAX),
            (b"5;a", 5),
            (b"5;a=b;c", 5),
            (b"5;a=\"\"", 5),
            (b"5;a=\"b;\tc = \\\"d\\\\ \xc3\xa9\";e=f", 5),
            (b"5 ; a\t=\t\"b\" ; c = d", 5),
        ] {
            assert_eq!(parse_chunk_line(line), Some(size), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn malformed_lines_are_refused() {
        for line in [
            &b""[..],
            b"x",
            b"+5",
            b"0x5",
            b" 5",
            b"5 ",
            b"0 ",
            b"5\t",
            b"5 5",
            b"10000000000000000",
            b";a",
            b"5;",
            b"5; ",
            b"5;;a",
            b"5;a;",
            b"5;a ",
            b"5;=b",
            b"5;a=",
            b"5;a=;b",
            b"5;a=b c",
            b"5;a\0b",
            b"5;a\rb",
            b"5;bad[=x",
            b"5;a=[",
            b"5;a=\"b",
            b"5;a=\"b\\",
            b"5;a=\"b\\\"",
            b"5;a=\"b\"c",
            b"5;a=\"b\0\"",
            b"5;a=\"\x7f\"",
            b"5;a=\"\\\r\"",
        ] {
            assert_eq!(parse_chunk_line(line), None, "{}", line.escape_ascii());
        }
    }
}
