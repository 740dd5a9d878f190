//! The page in a real browser.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Generates the page of the reference result.
fn page(place: &Path) -> PathBuf {
    let page = place.join("page.html");
    let reference = concat!(env!("CARGO_MANIFEST_DIR"), "/results/reference.json");
    let done = Command::new(env!("CARGO_BIN_EXE_compare"))
        .args(["report", reference, "--html"])
        .arg(&page)
        .status();
    assert!(done.expect("the program runs").success());
    page
}

/// Opens a page and returns its DOM and the browser's messages.
fn open(page: &Path, place: &Path, more: &[&str]) -> (String, String) {
    let profile = place.join("profile");
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
        "--disable-background-networking",
        "--disable-component-update",
        "--enable-logging=stderr",
        "--v=0",
        "--dump-dom",
    ];
    let output = BROWSERS.iter().find_map(|browser| {
        let mut command = Command::new(browser);
        command.args(flags).args(more).arg(format!("--user-data-dir={}", profile.display()));
        command.arg(format!("file://{}", page.display())).output().ok()
    });
    let output = output.expect("one of the browsers is installed");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(output.stdout), text(output.stderr))
}

/// Writes a page that shows another in a frame of a width and reports the width of its content.
fn frame(page: &Path, place: &Path, width: u32) -> PathBuf {
    let frame = place.join(format!("frame-{width}.html"));
    // A script cannot access another file, so the frame contains the source of the page.
    let child = fs::read_to_string(page)
        .expect("it was written")
        .replace('&', "&amp;")
        .replace('"', "&quot;");
    let script = "const d=document.querySelector('iframe').contentDocument;\
                  document.title='content '+d.documentElement.scrollWidth+' figures '+d.querySelectorAll('figure svg').length";
    let text = format!(
        "<!doctype html><title>none</title><iframe style=\"border:0;width:{width}px;height:900px\" srcdoc=\"{child}\" \
         onload=\"{script}\"></iframe>"
    );
    fs::write(&frame, text).expect("the place can be written to");
    frame
}

#[test]
#[ignore = "needs chromium"]
fn page_fits_any_width_without_browser_messages() {
    let place = env::temp_dir().join(format!("compare-page-{}", std::process::id()));
    fs::create_dir_all(&place).expect("the place can be made");
    let page = page(&place);
    for width in [1280, 768, 375] {
        for scheme in
            ["--blink-settings=preferredColorScheme=1", "--blink-settings=preferredColorScheme=0"]
        {
            let (dom, messages) = open(&frame(&page, &place, width), &place, &[scheme]);
            assert!(!messages.contains("CONSOLE"), "{width}: {messages}");
            let title = dom
                .split("<title>")
                .nth(1)
                .and_then(|rest| rest.split("</title>").next())
                .expect("it has one");
            let numbers: Vec<u32> = title.split(' ').filter_map(|word| word.parse().ok()).collect();
            assert!(numbers[0] <= width, "at {width} the page is {} wide", numbers[0]);
            assert!(numbers[1] > 20, "{title}");
        }
    }
    fs::remove_dir_all(place).expect("the place can be removed");
}
