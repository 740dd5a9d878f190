//! `--html`: pages of the operator in place of the built-in ones.

use crate::support::client::get;
use crate::support::files;
use crate::support::server::{Server, program, run};
use crate::support::status_page::StatusPage;
use std::fs;
use std::path::PathBuf;

#[test]
fn html_directory_replaces_the_built_in_pages() {
    let pages = files::pages("own", "my page", "not mine");
    let server = Server::start(&["--html", &pages]);
    assert_eq!(server.ask(get("/")).text(), "my page");
    assert_eq!(server.ask(get("/nope")).text(), "not mine");
    assert!(
        server.ask("nonsense\r\n\r\n").text().contains("400 Bad Request"),
        "the built-in error page"
    );
}

#[test]
fn custom_error_page_is_filled_in() {
    let pages = files::pages("errors", "my page", "not mine");
    fs::write(PathBuf::from(&pages).join("error.html"), "{{code}}|{{reason}}|{{detail}}").unwrap();
    let server = Server::start(&["--html", &pages]);
    let page = server.ask("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(page.text().starts_with("405|Method Not Allowed|The pages here"), "{page:?}");
}

#[test]
fn empty_page_is_served() {
    let pages = files::pages("empty", "", "");
    let server = Server::start(&["--html", &pages]);
    let page = server.ask(get("/"));
    assert_eq!((page.status, page.header("Content-Length"), page.body.len()), (200, Some("0"), 0));
}

#[test]
fn front_page_names_its_addresses() {
    let (server, StatusPage(status)) = StatusPage::start(&[]);
    let link = format!("<a href=\"http://{status}/\">status page</a>");
    for host in ["localhost:1234", "[::1]", "example.org"] {
        let page = server.ask(get("/").replace("localhost", host));
        assert!(page.text().contains(&format!("curl http://{host}/sleep")), "{}", page.text());
        assert!(page.text().contains(&link) && !page.text().contains("{{"), "{}", page.text());
    }
    let page = server.ask("GET / HTTP/1.0\r\n\r\n");
    assert!(page.text().contains(&format!("curl http://{}/sleep", server.addr())), "{page:?}");
}

#[test]
fn hostile_host_is_not_on_the_page() {
    let server = Server::start(&[]);
    for host in ["$(reboot)", "a'onclick='b", "a;b", "a&b"] {
        let page = server.ask(get("/").replace("localhost", host));
        assert_eq!(page.status, 200);
        assert!(!page.text().contains(host), "{}", page.text());
        assert!(page.text().contains(&format!("curl http://{}/sleep", server.addr())), "{page:?}");
    }
    assert!(server.ask(get("/")).text().contains("status page, which is turned off here,"));
}

#[test]
fn changed_page_has_another_etag() {
    let tag = |name, page| {
        let pages = files::pages(name, page, "");
        Server::start(&["--html", &pages]).ask(get("/")).header("ETag").unwrap().to_owned()
    };
    assert_ne!(tag("before", "before"), tag("after", "after"));
    assert_eq!(tag("here", "the same"), tag("there", "the same"));
}

#[test]
fn missing_page_is_reported_at_startup() {
    for missing in ["hello.html", "404.html"] {
        let pages = files::pages(&format!("without-{missing}"), "here", "here");
        let page = PathBuf::from(&pages).join(missing);
        fs::remove_file(&page).unwrap();
        let output = run(program().args(["--addr", "127.0.0.1:0", "--html", &pages]));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.starts_with("hello: --html or HELLO_HTML: ")
                && stderr.contains(page.to_str().unwrap()),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}
