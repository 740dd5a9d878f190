//! Entity tags, which identify one version of a page (RFC 9110, section 8.8.3).

use std::fmt;
use std::hash::{DefaultHasher, Hasher};

/// A strong entity tag, made from a page's bytes.
///
/// # Example
///
/// ```
/// use hello::http::EntityTag;
///
/// let tag = EntityTag::of(b"<h1>page</h1>");
/// let list = format!("\"other\", W/{tag}");
/// assert!(tag.weakly_matches(list.as_bytes()) && !tag.strongly_matches(list.as_bytes()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag {
    /// The tag with its quotes, as in a header field.
    quoted: String,
}

impl EntityTag {
    /// Returns the tag of these bytes. Equal bytes have equal tags in every run of the same
    /// program.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        Self { quoted: format!("\"{:016x}\"", hasher.finish()) }
    }

    /// Returns whether the value of an `If-Match` field names this version. Weak tags never do (RFC
    /// 9110, section 13.1.1).
    pub fn strongly_matches(&self, list: &[u8]) -> bool {
        self.is_listed(list, |weak| !weak)
    }

    /// Returns whether the value of an `If-None-Match` field names this version, weakly or not
    /// (RFC 9110, section 13.1.2).
    pub fn weakly_matches(&self, list: &[u8]) -> bool {
        self.is_listed(list, |_| true)
    }

    fn is_listed(&self, list: &[u8], accept: fn(weak: bool) -> bool) -> bool {
        list.trim_ascii() == b"*"
            || Tags(list).any(|(weak, tag)| accept(weak) && tag == self.quoted.as_bytes())
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quoted)
    }
}

/// Iterates over the tags of a list: whether each is weak, and its quoted part. Ends at the first
/// syntax error.
struct Tags<'a>(&'a [u8]);

impl<'a> Iterator for Tags<'a> {
    type Item = (bool, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.0.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
        let rest = &self.0[start..];
        let (weak, quoted) = match rest.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        // A comma inside the quotes belongs to the tag, so the list cannot simply be split at
        // commas.
        let inside = quoted.strip_prefix(b"\"")?;
        let length = inside.iter().position(|&byte| byte == b'"')? + 2;
        let (tag, rest) = quoted.split_at(length);
        self.0 = rest;
        Some((weak, tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_is_found_anywhere_in_a_list() {
        let tag = EntityTag::of(b"page");
        for list in [
            format!("{tag}"),
            format!("\"a,b\" , {tag}"),
            format!("{tag},\"other\""),
            "*".to_owned(),
        ] {
            assert!(tag.weakly_matches(list.as_bytes()), "{list}");
            assert!(tag.strongly_matches(list.as_bytes()), "{list}");
        }
    }

    #[test]
    fn weak_tag_matches_only_weakly() {
        let tag = EntityTag::of(b"page");
        let list = format!("W/{tag}");
        assert!(tag.weakly_matches(list.as_bytes()));
        assert!(!tag.strongly_matches(list.as_bytes()));
    }

    #[test]
    fn other_and_malformed_tags_match_nothing() {
        let tag = EntityTag::of(b"page");
        for list in ["", "\"other\"", "nonsense", "\"unclosed", "W/", ",,,", "**"] {
            assert!(!tag.weakly_matches(list.as_bytes()), "{list}");
        }
    }

    #[test]
    fn different_bytes_have_different_tags() {
        assert_ne!(EntityTag::of(b"one"), EntityTag::of(b"two"));
    }
}
