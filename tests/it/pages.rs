//! A user's own pages.

use crate::get;
use crate::server::{Server, program, run};
use std::fs;
use std::path::PathBuf;

/// A directory with these two pages.
pub(crate) fn site(name: &str, hello: &str, not_found: &str) -> String {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("hello.html"), hello).unwrap();
    fs::write(directory.join("404.html"), not_found).unwrap();
    directory.into_os_string().into_string().unwrap()
}

#[test]
fn a_user_can_serve_pages_of_his_own() {
    let site = site("own", "my page", "not mine");
    let server = Server::start(&["--html", &site]);
    assert_eq!(server.ask(get("/")).text(), "my page");
    assert_eq!(server.ask(get("/nope")).text(), "not mine");
    assert!(
        server.ask("nonsense\r\n\r\n").text().contains("400 Bad Request"),
        "the built-in error page"
    );
}

#[test]
fn an_error_page_of_ones_own_is_filled_in() {
    let site = site("errors", "my page", "not mine");
    fs::write(PathBuf::from(&site).join("error.html"), "{{code}}|{{reason}}|{{detail}}").unwrap();
    let server = Server::start(&["--html", &site]);
    let page = server.ask("POST / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(page.text().starts_with("405|Method Not Allowed|The pages here"), "{page:?}");
}

#[test]
fn an_empty_page_is_a_page() {
    let site = site("empty", "", "");
    let server = Server::start(&["--html", &site]);
    let page = server.ask(get("/"));
    assert_eq!((page.status, page.header("Content-Length"), page.body.len()), (200, Some("0"), 0));
}

#[test]
fn a_changed_page_has_another_tag() {
    let tag = |name, page| {
        let site = site(name, page, "");
        Server::start(&["--html", &site]).ask(get("/")).header("ETag").unwrap().to_owned()
    };
    assert_ne!(tag("before", "before"), tag("after", "after"));
    assert_eq!(tag("here", "the same"), tag("there", "the same"));
}

#[test]
fn a_missing_page_is_named_at_the_start() {
    for missing in ["hello.html", "404.html"] {
        let site = site(&format!("without-{missing}"), "here", "here");
        let page = PathBuf::from(&site).join(missing);
        fs::remove_file(&page).unwrap();
        let output = run(program().args(["--addr", "127.0.0.1:0", "--html", &site]));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.starts_with("hello: ") && stderr.contains(page.to_str().unwrap()),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}
