//! Conditional requests: whether a page is sent depends on its version (RFC 9110, section 13).

use super::{Page, Status};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The precondition fields of a request, line by line.
///
/// # Example
///
/// ```
/// use hello::http::{Page, Status, parse_head};
/// use std::time::SystemTime;
///
/// let page = Page::new(b"<h1>page</h1>".to_vec(), SystemTime::UNIX_EPOCH);
/// let again = format!("GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: {}\r\n\r\n", page.etag);
/// let request = parse_head(again.as_bytes()).unwrap().unwrap();
/// assert_eq!(request.conditions.evaluate(&page), Some(Status::NotModified));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Conditions<'a> {
    pub(super) if_match: Vec<&'a [u8]>,
    pub(super) if_none_match: Vec<&'a [u8]>,
    pub(super) if_modified_since: Option<&'a [u8]>,
    pub(super) if_unmodified_since: Option<&'a [u8]>,
}

impl Conditions<'_> {
    /// Returns the status that replaces 200, or `None` if the page is to be sent.
    ///
    /// The conditions are evaluated in the order of RFC 9110, section 13.2.2. An invalid date is
    /// ignored.
    pub fn evaluate(&self, page: &Page) -> Option<Status> {
        if self.has_changed(page) {
            Some(Status::PreconditionFailed)
        } else if self.is_current(page) {
            Some(Status::NotModified)
        } else {
            None
        }
    }

    /// Returns whether the page is not in the version that the client asks for.
    fn has_changed(&self, page: &Page) -> bool {
        if !self.if_match.is_empty() {
            return !self.if_match.iter().any(|list| page.etag.strongly_matches(list));
        }
        date(self.if_unmodified_since).is_some_and(|date| whole_seconds(page.modified) > date)
    }

    /// Returns whether the client already has this version of the page.
    fn is_current(&self, page: &Page) -> bool {
        if !self.if_none_match.is_empty() {
            return self.if_none_match.iter().any(|list| page.etag.weakly_matches(list));
        }
        date(self.if_modified_since).is_some_and(|date| whole_seconds(page.modified) <= date)
    }
}

/// Parses a date in any of the three forms of RFC 9110, section 5.6.7.
fn date(value: Option<&[u8]>) -> Option<SystemTime> {
    httpdate::parse_http_date(std::str::from_utf8(value?).ok()?.trim()).ok()
}

/// Rounds down to seconds, since a date field has no fractions.
fn whole_seconds(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Modified on Sun, 06 Nov 1994 08:49:37.5 GMT, the example of RFC 9110.
    fn page() -> Page {
        Page::new(b"page".to_vec(), UNIX_EPOCH + Duration::from_millis(784_111_777_500))
    }

    const SAME: [&[u8]; 3] = [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
    ];
    const EARLIER: &[u8] = b"Sun, 06 Nov 1994 08:49:36 GMT";

    #[test]
    fn page_without_conditions_is_sent() {
        assert_eq!(Conditions::default().evaluate(&page()), None);
    }

    #[test]
    fn unmodified_page_is_not_sent() {
        for date in SAME {
            let conditions = Conditions { if_modified_since: Some(date), ..Conditions::default() };
            assert_eq!(conditions.evaluate(&page()), Some(Status::NotModified));
        }
        let conditions = Conditions { if_modified_since: Some(EARLIER), ..Conditions::default() };
        assert_eq!(conditions.evaluate(&page()), None);
    }

    #[test]
    fn page_modified_since_fails_if_unmodified_since() {
        for date in SAME {
            let conditions =
                Conditions { if_unmodified_since: Some(date), ..Conditions::default() };
            assert_eq!(conditions.evaluate(&page()), None);
        }
        let conditions = Conditions { if_unmodified_since: Some(EARLIER), ..Conditions::default() };
        assert_eq!(conditions.evaluate(&page()), Some(Status::PreconditionFailed));
    }

    #[test]
    fn tags_take_precedence_over_dates() {
        let tag = page().etag.to_string();
        let conditions = Conditions {
            if_match: vec![tag.as_bytes()],
            if_unmodified_since: Some(EARLIER),
            if_none_match: vec![b"\"other\""],
            if_modified_since: Some(SAME[0]),
        };
        assert_eq!(conditions.evaluate(&page()), None);
    }

    #[test]
    fn if_match_is_evaluated_before_if_none_match() {
        let tag = page().etag.to_string();
        let conditions = Conditions {
            if_match: vec![b"\"other\""],
            if_none_match: vec![tag.as_bytes()],
            ..Conditions::default()
        };
        assert_eq!(conditions.evaluate(&page()), Some(Status::PreconditionFailed));
    }

    #[test]
    fn invalid_dates_are_ignored() {
        let conditions = Conditions {
            if_modified_since: Some(b"yesterday"),
            if_unmodified_since: Some(b"\xff"),
            ..Conditions::default()
        };
        assert_eq!(conditions.evaluate(&page()), None);
    }
}
