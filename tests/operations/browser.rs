//! The pages in a real browser.

use crate::support::files::empty_directory;
use crate::support::server::{Server, run};
use crate::support::status_page::StatusPage;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Returns a headless browser with a profile of its own, which connects only to the server.
fn chromium(profile: &str) -> Command {
    let directory = empty_directory(&format!("chromium-{profile}"));
    let mut command = Command::new("chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
    ]);
    command.args([
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]);
    command.arg(format!("--user-data-dir={}", directory.display()));
    command
}

/// Returns a page as the browser has parsed it.
fn dom(server: &Server, path: &str, profile: &str) -> String {
    let output =
        run(chromium(profile).arg("--dump-dom").arg(format!("http://{}{path}", server.addr())));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs chromium"]
fn browser_shows_the_pages() {
    let server = Server::start(&["--sleep-seconds", "0.2"]);
    for path in ["/", "/sleep"] {
        let dom = dom(&server, path, "dom");
        assert!(dom.contains("<h1>Hello!</h1>") && dom.contains("Hi from Rust"), "{path}: {dom}");
    }
    assert!(dom(&server, "/nope", "dom").contains("<h1>Oops!</h1>"));
    assert!(!server.log().contains("favicon"), "the pages load nothing else:\n{}", server.log());
}

#[test]
#[ignore = "needs chromium, node and axe-core"]
fn status_page_is_live_and_accessible() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let axe = directory.join("target/browser/node_modules/axe-core/axe.min.js");
    let (server, StatusPage(status)) =
        StatusPage::start(&["--workers", "2", "--sleep-seconds", "2"]);
    let mut command = Command::new("node");
    command.arg(directory.join("tests/operations/browser/status.mjs"));
    command.args([format!("http://{}", server.addr()), format!("http://{status}")]);
    command.arg(axe).arg(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures"));
    // It inspects every page in eight sizes and colours, which takes longer than the timeout of
    // `run`.
    let output = command.output().expect("node is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!server.log().contains("favicon"), "the pages load nothing else:\n{}", server.log());
}

#[test]
#[ignore = "needs chromium"]
fn browser_paints_the_pages() {
    let server = Server::start(&[]);
    let picture = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page.png");
    for path in ["", "nope"] {
        let _ = fs::remove_file(&picture);
        let screenshot = format!("--screenshot={}", picture.display());
        let url = format!("http://{}/{path}", server.addr());
        run(chromium("picture").args(["--window-size=900,1200", &screenshot, &url]));
        let png = fs::read(&picture).expect("the browser wrote a picture");
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        // A blank picture of this size is compressed to some 4 KiB.
        assert!(png.len() > 10_000, "the picture is not blank: {} bytes", png.len());
    }
}
