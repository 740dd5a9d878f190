//! Load tools report no failed request and no socket error.

use crate::support::client::get;
use crate::support::server::{Server, run};
use std::process::Command;

/// Runs a load tool and returns its report. The server must have logged no warning, and still work.
#[track_caller]
fn report(tool: &str, args: &[&str]) -> String {
    let server = Server::start(&[]);
    let output = run(Command::new(tool).args(args).arg(format!("http://{}/", server.addr())));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(server.ask(get("/")).status, 200);
    assert!(
        !server.log().contains("WARN") && !server.log().contains("panicked"),
        "{}",
        server.log()
    );
    report
}

#[test]
#[ignore = "needs wrk"]
fn wrk_reports_no_error() {
    let report = report("wrk", &["-t1", "-c32", "-d2s", "-H", "Connection: close"]);
    assert!(report.contains("Requests/sec"), "{report}");
    // These lines appear only if there was an error.
    assert!(!report.contains("Socket errors") && !report.contains("Non-2xx"), "{report}");
}

#[test]
#[ignore = "needs ab"]
fn ab_reports_no_error() {
    let report = report("ab", &["-q", "-n", "5000", "-c", "32"]);
    let has = |name: &str, value: &str| {
        report.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.trim() == value))
    };
    assert!(has("Complete requests:", "5000") && has("Failed requests:", "0"), "{report}");
    assert!(!report.contains("Non-2xx") && !report.contains("Write errors"), "{report}");
}
