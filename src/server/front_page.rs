//! The page at `/` with the addresses of its server in it: its links and commands must work where
//! the client is, and only the client knows by which name it reached the server.

use crate::http::Page;
use std::net::SocketAddr;
use std::sync::OnceLock;

/// For how many hosts a page is kept. Clients choose the host, so there must be an end to them.
const MAX_HOSTS: usize = 8;

/// The longest host that a page names: the longest domain name, with a port.
const MAX_HOST: usize = 260;

/// The page at `/`, filled in for each host by which clients have reached the server.
pub(super) struct FrontPage {
    /// The page that names the server's own address.
    page: Page,
    /// The text with its placeholders; `None` if it has none.
    template: Option<String>,
    status: Option<SocketAddr>,
    /// Pages that name other hosts. They are not replaced.
    others: [OnceLock<(String, Page)>; MAX_HOSTS],
}

impl FrontPage {
    /// Creates the page of a server at `address`, with its status page, from a template: `{{host}}`
    /// stands for the address in the request, and `{{status}}` for a link to the status page.
    pub(super) fn new(template: &Page, address: SocketAddr, status: Option<SocketAddr>) -> Self {
        let text = str::from_utf8(&template.body).ok();
        let text = text.filter(|text| text.contains("{{host}}") || text.contains("{{status}}"));
        let mut page = Self {
            page: template.clone(),
            template: text.map(str::to_owned),
            status,
            others: Default::default(),
        };
        if let Some(text) = text {
            page.page = page.fill_in(text, &address.to_string());
        }
        page
    }

    /// Returns the page for a request to `host`. If that is no host to be named, or there are too
    /// many, the page names the server's own address.
    pub(super) fn for_host(&self, host: Option<&str>) -> &Page {
        let (Some(template), Some(host)) = (&self.template, host.filter(|host| is_plain(host)))
        else {
            return &self.page;
        };
        let mut others = self
            .others
            .iter()
            .map(|other| other.get_or_init(|| (host.to_owned(), self.fill_in(template, host))));
        others.find(|(other, _)| other == host).map_or(&self.page, |(_, page)| page)
    }

    fn fill_in(&self, template: &str, host: &str) -> Page {
        let text = template
            .replace("{{host}}", host)
            .replace("{{status}}", &status_link(self.status, host));
        Page::new(text.into_bytes(), self.page.modified)
    }
}

/// Returns a link to the status page for a client that has reached the server as `host`.
fn status_link(status: Option<SocketAddr>, host: &str) -> String {
    match status {
        None => "status page, which is turned off here,".to_owned(),
        Some(address) if address.ip().is_unspecified() => {
            let (name, port) = (without_port(host), address.port());
            format!("<a href=\"http://{name}:{port}/\">status page</a>")
        }
        Some(address) => format!("<a href=\"http://{address}/\">status page</a>"),
    }
}

/// Returns the name or the address of a host without its port.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Returns whether a host may stand in HTML and in a command for a shell as it is. A name such as
/// `$(reboot).example.org` is valid, and its owner could have it copied into a shell.
fn is_plain(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    host.len() <= MAX_HOST && !without_port(host).is_empty() && host.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn front_page(template: &str, status: Option<&str>) -> FrontPage {
        let page = Page::new(template.into(), UNIX_EPOCH);
        let status = status.map(|status| status.parse().unwrap());
        FrontPage::new(&page, "127.0.0.1:7878".parse().unwrap(), status)
    }

    #[track_caller]
    fn check(page: &FrontPage, host: Option<&str>, expected: &str) {
        assert_eq!(str::from_utf8(&page.for_host(host).body), Ok(expected));
    }

    #[test]
    fn page_names_the_host_of_the_request() {
        let page = front_page("curl {{host}}", None);
        for host in ["localhost:7878", "[::1]:80", "a_b-c.example", "localhost:7878"] {
            check(&page, Some(host), &format!("curl {host}"));
        }
        check(&page, None, "curl 127.0.0.1:7878");
        assert_ne!(page.for_host(Some("a")).etag, page.for_host(Some("b")).etag);
    }

    #[test]
    fn dangerous_hosts_are_not_named() {
        let page = front_page("curl {{host}}", None);
        let long = "a".repeat(MAX_HOST + 1);
        for host in ["", ":80", "a&b", "$(reboot)", "a;b", "it's", "<b>", "\"", "a b", "`", &long] {
            check(&page, Some(host), "curl 127.0.0.1:7878");
        }
    }

    #[test]
    fn number_of_hosts_is_bounded() {
        let page = front_page("{{host}}", None);
        let host = |number| format!("host-{number}");
        (0..MAX_HOSTS).for_each(|number| check(&page, Some(&host(number)), &host(number)));
        check(&page, Some("one-more"), "127.0.0.1:7878");
        check(&page, Some(&host(0)), &host(0));
    }

    #[test]
    fn status_link_leads_to_its_listener() {
        let link = |url| format!("<a href=\"http://{url}/\">status page</a>");
        let page = front_page("{{status}}", Some("127.0.0.1:9"));
        check(&page, Some("localhost:7878"), &link("127.0.0.1:9"));
        let page = front_page("{{status}}", Some("[::]:9"));
        check(&page, Some("[::1]:7878"), &link("[::1]:9"));
        check(&page, Some("example.org"), &link("example.org:9"));
        check(&front_page("{{status}}", None), None, "status page, which is turned off here,");
    }

    #[test]
    fn page_without_placeholders_stays_the_same() {
        check(&front_page("{{other}}", None), Some("example.org"), "{{other}}");
    }
}
