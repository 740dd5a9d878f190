//! Load tools find no fault: no failed request, no socket error of any kind.

use crate::server::{Server, run};
use std::process::Command;

/// What a load tool reports of a server that logs only warnings, and that then still is in order.
#[track_caller]
fn report(tool: &str, args: &[&str]) -> String {
    let server = Server::start(&[]);
    let output = run(Command::new(tool).args(args).arg(format!("http://{}/", server.addr())));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(server.ask(crate::get("/")).status, 200);
    assert!(
        !server.log().contains("WARN") && !server.log().contains("panicked"),
        "{}",
        server.log()
    );
    report
}

#[test]
#[ignore = "needs wrk"]
fn wrk_finds_no_fault() {
    let report = report("wrk", &["-t1", "-c32", "-d2s", "-H", "Connection: close"]);
    assert!(report.contains("Requests/sec"), "{report}");
    // These lines appear only if there is something to report in them.
    assert!(!report.contains("Socket errors") && !report.contains("Non-2xx"), "{report}");
}

#[test]
#[ignore = "needs ab"]
fn ab_finds_no_fault() {
    let report = report("ab", &["-q", "-n", "5000", "-c", "32"]);
    let has = |name: &str, value: &str| {
        report.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.trim() == value))
    };
    assert!(has("Complete requests:", "5000") && has("Failed requests:", "0"), "{report}");
    assert!(!report.contains("Non-2xx") && !report.contains("Write errors"), "{report}");
}
