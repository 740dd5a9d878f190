//! The built-in pages in `html/`: small, in one style, and without external resources.

const PAGES: [(&str, &str); 4] = [
    ("hello.html", include_str!("../../html/hello.html")),
    ("404.html", include_str!("../../html/404.html")),
    ("error.html", include_str!("../../html/error.html")),
    ("status.html", include_str!("../../html/status.html")),
];

#[test]
fn every_page_is_under_ten_kilobytes() {
    for (name, page) in PAGES {
        assert!(page.len() < 10_000, "{name} has {} bytes", page.len());
    }
}

#[test]
fn every_page_begins_with_the_shared_style() {
    let sheet = |page: &'static str| {
        page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next())
    };
    let shared = sheet(PAGES[0].1).expect("a page has a style");
    assert!(shared.contains("--paper") && shared.contains("prefers-color-scheme: dark"));
    for (name, page) in PAGES {
        assert_eq!(sheet(page), Some(shared), "{name}");
    }
}

#[test]
fn no_page_loads_external_resources() {
    for (name, page) in PAGES {
        for fetched in ["src=", "@import", "url(", "import(", "<iframe", "<object", "srcset"] {
            assert!(!page.contains(fetched), "{name} has {fetched}");
        }
        let links: Vec<_> = page
            .match_indices("<link ")
            .map(|(at, _)| &page[at..][..page[at..].find('>').unwrap()])
            .collect();
        assert_eq!(links, ["<link rel=\"icon\" href=\"data:,\""], "{name}");
    }
}
