//! The metrics for Prometheus.

use crate::support::client::get;
use crate::support::server::command;
use crate::support::status_page::StatusPage;
use std::io::Write;
use std::process::Stdio;

#[test]
fn metrics_add_up() {
    let (server, status) = StatusPage::start(&["--workers", "2"]);
    let before = status.metrics();
    assert!(before.all("hello_http_responses_total").all(|count| count == 0.0), "{before:?}");
    for _ in 0..10 {
        assert_eq!(server.ask(get("/")).status, 200);
        assert_eq!(server.ask(get("/nope")).status, 404);
    }
    let mut client = server.client();
    (0..5).for_each(|_| assert_eq!(client.get("/").status, 200));
    client.send("nonsense\r\n\r\n");
    assert_eq!(client.read(false).status, 400);
    client.end();

    let seen = status.wait_for_metrics("counting every request and close", |seen| {
        seen.value("hello_http_request_duration_seconds_count") == 25.0
            && seen.value("hello_connections_open") == 0.0
    });
    let responses =
        |code: u32| seen.value(&format!("hello_http_responses_total{{code=\"{code}\"}}"));
    assert_eq!((responses(200), responses(404), responses(400)), (15.0, 10.0, 1.0));
    assert_eq!(seen.all("hello_http_responses_total").sum::<f64>(), 26.0);
    // Each job was pushed and waited once. A connection may take more than one job.
    let jobs = seen.value("hello_jobs_total");
    assert!(jobs >= 21.0 && seen.value("hello_queue_pushes_total") == jobs, "{seen:?}");
    assert_eq!(seen.value("hello_job_wait_seconds_count"), jobs);
    assert_eq!(
        (seen.value("hello_queue_jobs"), seen.value("hello_queue_oldest_job_age_seconds")),
        (0.0, 0.0)
    );
    assert!(status.ask(&get("/")).text().contains("<th scope=\"row\">200 OK</th><td>15</td>"));
}

#[test]
fn parked_connections_are_counted() {
    let (server, status) = StatusPage::start(&["--workers", "1"]);
    let mut clients: Vec<_> = (0..7).map(|_| server.client()).collect();
    clients.iter_mut().for_each(|client| assert_eq!(client.get("/").status, 200));
    status.wait_for_parked(7);
}

#[test]
fn uncounted_wakes_are_not_reported_as_zero() {
    let (server, status) = StatusPage::start(&["--queue", "mpsc"]);
    assert_eq!(server.ask(get("/")).status, 200);
    let seen =
        status.wait_for_metrics("running a job", |seen| seen.value("hello_jobs_total") > 0.0);
    assert_eq!(seen.all("hello_queue_wakes_total").count(), 0);
    assert!(status.ask(&get("/")).text().contains("not counted"));
}

#[test]
fn queue_and_workers_are_named_everywhere() {
    let (server, status) = StatusPage::start(&["--queue", "std-condvar", "--workers", "3"]);
    assert!(server.log().contains(" with 3 workers, queue std-condvar\n"), "{}", server.log());
    let version = env!("CARGO_PKG_VERSION");
    let labels = format!("{{version=\"{version}\",queue=\"std-condvar\",workers=\"3\"}}");
    assert_eq!(status.metrics().value(&format!("hello_build_info{labels}")), 1.0);
    let page = status.ask(&get("/"));
    assert!(page.text().contains("Pool of 3, queue <code>std-condvar</code>"), "{}", page.text());
}

#[test]
#[ignore = "needs promtool"]
fn promtool_accepts_the_metrics() {
    let (server, status) = StatusPage::start(&[]);
    assert_eq!(server.ask(get("/")).status, 200);
    let mut promtool = command("promtool");
    promtool
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = promtool.spawn().expect("promtool is installed");
    let metrics = status.ask(&get("/metrics"));
    child.stdin.take().unwrap().write_all(metrics.text().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let report = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && report.is_empty(), "{}", String::from_utf8_lossy(&report));
}
