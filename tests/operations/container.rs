//! The container file, whose base images the tests do without.

use crate::support::server::run;
use crate::support::status_page::StatusPage;
use std::process::{Command, Output};

const FILE: &str = include_str!("../../deploy/Containerfile");

/// Runs the health check as the container does, with the status page at another port.
fn check_health(port: u16) -> Output {
    let (_, check) = FILE.split_once("\nHEALTHCHECK ").expect("there is a health check");
    let (_, check) = check.split_once("\"-c\"").expect("it is a script");
    let (_, script) = check.split_once('"').expect("the script is a string");
    let (script, _) = script.split_once("\"]").expect("the script ends");
    let script = script.replace("\\\\", "\\").replace("7879", &port.to_string());
    run(Command::new("bash").args(["-c", &script]))
}

#[test]
#[ignore = "needs bash"]
fn health_check_accepts_only_status_200() {
    let (server, status) = StatusPage::start(&[]);
    let output = check_health(status.0.port());
    assert!(output.status.success(), "{output:?}");
    // The pages have no /healthz, so this is a 404.
    assert!(!check_health(server.addr().port()).status.success());
}

#[test]
fn container_builds_with_the_declared_rust_version() {
    let version = concat!(env!("CARGO_PKG_RUST_VERSION"), "-slim-");
    let (_, release) = FILE.split_once(version).expect("the image is that of the version");
    let release = release.split_whitespace().next().expect("the image names a release");
    assert!(FILE.contains(&format!("\nFROM debian:{release}-slim\n")), "{release}");
}
