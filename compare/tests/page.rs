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

/// A folder for the page and the browser's profile, removed when the test ends.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = env::temp_dir().join(format!("compare-{name}-{}", std::process::id()));
        fs::create_dir_all(&place).expect("the place can be made");
        Self(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the place can be removed");
    }
}

/// Shows a page in a frame of a width, and returns the numbers that a script computes from its
/// document `d`.
fn ask(page: &Path, place: &Path, width: u32, more: &[&str], script: &str) -> Vec<u32> {
    let frame = place.join(format!("frame-{width}.html"));
    // A script cannot access another file, so the frame contains the source of the page.
    let child = fs::read_to_string(page)
        .expect("it was written")
        .replace('&', "&amp;")
        .replace('"', "&quot;");
    let text = format!(
        "<!doctype html><title>none</title><iframe style=\"border:0;width:{width}px;height:900px\" srcdoc=\"{child}\" \
         onload=\"const d = document.querySelector('iframe').contentDocument; document.title = {script}.join(' ')\"></iframe>"
    );
    fs::write(&frame, text).expect("the place can be written to");
    let (dom, messages) = open(&frame, place, more);
    assert!(!messages.contains("CONSOLE"), "{width}: {messages}");
    let title = dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
    let title = title.expect("it has one");
    title.split(' ').map(|word| word.parse().unwrap_or_else(|_| panic!("{title}"))).collect()
}

#[test]
#[ignore = "needs chromium"]
fn page_fits_any_width_without_browser_messages() {
    let place = Place::new("width");
    let page = page(&place.0);
    let script = "[d.documentElement.scrollWidth, d.querySelectorAll('figure svg').length]";
    for width in [1280, 768, 390] {
        for scheme in
            ["--blink-settings=preferredColorScheme=1", "--blink-settings=preferredColorScheme=0"]
        {
            let [content, figures] = ask(&page, &place.0, width, &[scheme], script)[..] else {
                panic!("the script returns two numbers")
            };
            assert!(content <= width, "at {width} the page is {content} wide");
            assert!(figures > 20, "{figures}");
        }
    }
}

#[test]
#[ignore = "needs chromium"]
fn page_on_desktop_is_not_too_long() {
    let place = Place::new("length");
    let script = "[d.documentElement.scrollHeight]";
    let height = ask(&page(&place.0), &place.0, 1280, &[], script)[0];
    assert!(height < 12_000, "{height}");
}

#[test]
#[ignore = "needs chromium"]
fn chosen_strategy_is_highlighted_in_figures_and_tables() {
    let place = Place::new("highlight");
    // Returns what is highlighted after a click, after an arrow key, and after Escape.
    let script = "(() => { \
        const lit = () => [...d.querySelectorAll('.on')].map(one => one.dataset.s); \
        const press = key => d.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); \
        const button = d.querySelector('.legend button[data-s=mpsc]'); \
        button.click(); \
        const pressed = Number(button.getAttribute('aria-pressed') === 'true'); \
        const rows = d.querySelectorAll('figure tr.on').length; \
        const chosen = lit(); \
        button.focus(); press('ArrowRight'); \
        const next = lit(); \
        d.activeElement.blur(); press('Escape'); \
        return [pressed, rows, chosen.length, Number(chosen.every(one => one === 'mpsc')), \
            Number(next.length > 20 && !next.includes('mpsc')), lit().length]; })()";
    let said = ask(&page(&place.0), &place.0, 1280, &[], script);
    let [pressed, rows, chosen, only, next, after] = said[..] else { panic!("{said:?}") };
    assert_eq!((pressed, only, next, after), (1, 1, 1, 0), "{said:?}");
    assert!(rows > 20 && chosen > 2 * rows, "{said:?}");
}
