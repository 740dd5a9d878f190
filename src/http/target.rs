//! The parser of the request target, which has four forms (RFC 9112, section 3.2).

use super::ErrorResponse;

/// A request target, parsed from any of the forms.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// The path without its query; `*` for the server as a whole.
    pub(super) path: &'a str,
    /// The authority of an absolute-form target, which replaces `Host`.
    pub(super) authority: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Parses the target of a request with this method.
    pub(super) fn parse(method: &[u8], target: &'a [u8]) -> Result<Self, ErrorResponse> {
        const FORM: ErrorResponse = ErrorResponse::bad_request(
            "The request target must be a path that begins with a slash, or an http URL.",
        );
        let text = std::str::from_utf8(target)
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'))
            .ok_or(ErrorResponse::bad_request(
                "The request target has a character that a URL must not have.",
            ))?;
        match method {
            // CONNECT is not allowed, but if its target is malformed, the status is 400 and not
            // 405.
            b"CONNECT" => {
                is_authority(text).then_some(Self { path: "", authority: Some(text) }).ok_or(FORM)
            }
            b"OPTIONS" if text == "*" => Ok(Self { path: "*", authority: None }),
            _ if text.starts_with('/') => Ok(Self { path: path(text), authority: None }),
            _ => Self::absolute(text).ok_or(FORM),
        }
    }

    /// Parses a URL.
    fn absolute(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.is_empty() || !is_authority(authority) {
            return None;
        }
        // `http://host?query` has an empty path, which means the root.
        Some(Self {
            path: if rest.starts_with('/') { path(rest) } else { "/" },
            authority: Some(authority),
        })
    }
}

/// Removes the query.
fn path(text: &str) -> &str {
    text.split_once('?').map_or(text, |(path, _)| path)
}

/// Returns whether this is a host with an optional port, as in `Host` and in an http URL (RFC 3986,
/// section 3.2).
pub(super) fn is_authority(text: &str) -> bool {
    match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, port))) => {
            !address.is_empty() && has_only(address, b"-._~!$&'()*+,;=:") && is_optional_port(port)
        }
        Some(None) => false,
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            has_only(host, b"-._~!$&'()*+,;=%")
                && is_percent_encoding_valid(host)
                && is_optional_port(port)
        }
    }
}

/// Returns whether all characters are letters, digits or one of `punctuation`.
fn has_only(text: &str, punctuation: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || punctuation.contains(&byte))
}

/// Returns whether two hexadecimal digits follow each percent sign.
fn is_percent_encoding_valid(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

/// Returns whether this is empty or a colon and digits.
fn is_optional_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn get(target: &str, path: &str, authority: Option<&str>) {
        assert_eq!(Target::parse(b"GET", target.as_bytes()), Ok(Target { path, authority }));
    }

    #[test]
    fn query_is_not_part_of_the_path() {
        get("/", "/", None);
        get("/sleep?tab=1?2", "/sleep", None);
        get("/?", "/", None);
        get("//", "//", None);
    }

    #[test]
    fn characters_that_browsers_do_not_encode_are_accepted() {
        get("/\"<>\\^`{|}", "/\"<>\\^`{|}", None);
        get("/%zz?%", "/%zz", None);
        get("/?a={|}", "/", None);
    }

    #[test]
    fn absolute_target_has_an_authority() {
        get("http://example.org:80/sleep?x", "/sleep", Some("example.org:80"));
        get("HTTPS://[::1]:7878/", "/", Some("[::1]:7878"));
        get("http://example.org", "/", Some("example.org"));
        get("http://example.org?x=/y", "/", Some("example.org"));
    }

    #[test]
    fn each_form_belongs_to_its_methods() {
        for target in [
            "*",
            "example.org:80",
            "ftp://example.org/",
            "http:///",
            "http://user@example.org/",
            "a",
            "",
        ] {
            assert!(Target::parse(b"GET", target.as_bytes()).is_err(), "{target}");
        }
        assert!(Target::parse(b"OPTIONS", b"*").is_ok());
        assert!(Target::parse(b"CONNECT", b"example.org:443").is_ok());
        assert!(Target::parse(b"CONNECT", b"/").is_err());
    }

    #[test]
    fn invalid_characters_are_refused() {
        for target in [&b"/\xff"[..], b"/\x00", b"/a#b", b"/a\tb", b"/\x7f"] {
            assert!(Target::parse(b"GET", target).is_err(), "{target:?}");
        }
    }

    #[test]
    fn invalid_authorities_are_refused() {
        for good in [
            "localhost",
            "localhost:7878",
            "[::1]:80",
            "127.0.0.1:",
            "",
            "a-b.c~d",
            "%41",
            "a%c3%A9:80",
        ] {
            assert!(is_authority(good), "{good}");
        }
        for bad in [
            "a b", "a/b", "a:b", "a:1:2", "[::1", "[]", "a@b", "a?b", "[::1]x", "é", "a:-1",
            "a%zz", "a%2", "%", "%%41", "a%2:80", "[%41]",
        ] {
            assert!(!is_authority(bad), "{bad}");
        }
    }
}
