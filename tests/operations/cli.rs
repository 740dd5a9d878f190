//! The command line: its help, its errors, and the environment variables of its options.

use crate::support::client::get;
use crate::support::files;
use crate::support::server::{Server, program, run};
use crate::support::status_page::StatusPage;
use std::net::TcpListener;
#[cfg(target_os = "linux")]
use std::process::Stdio;

const FLAGS: [&str; 16] = [
    "--addr",
    "--status",
    "--workers",
    "--queue",
    "--spin",
    "--capacity",
    "--html",
    "--take",
    "--sleep-seconds",
    "--head-seconds",
    "--idle-seconds",
    "--write-seconds",
    "--linger-seconds",
    "--connections",
    "--requests",
    "--grace",
];

/// Runs the program with these arguments and returns its status, stdout and stderr.
fn hello(args: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let output = run(program().args(args).envs(environment.iter().copied()));
    let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn help_lists_flags_variables_and_examples() {
    let (status, help, _) = hello(&["--help"], &[]);
    assert_eq!(status, Some(0));
    for flag in FLAGS.iter().chain(&["--log"]) {
        let variable = format!("HELLO_{}", flag[2..].replace('-', "_").to_uppercase());
        assert!(help.contains(flag) && help.contains(&variable), "{flag}: {help}");
    }
    for strategy in ["condvar", "textbook", "std-condvar", "mpsc", "while-let"] {
        assert!(help.contains(strategy), "{strategy}: {help}");
    }
    assert!(help.contains("Examples:\n") && help.contains("hello --take 2"), "{help}");
}

#[test]
fn completions_offer_every_option() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (status, script, stderr) = hello(&["--completions", shell], &[("HELLO_LOG", "off")]);
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "{shell}");
        for flag in FLAGS {
            assert!(script.contains(&flag[2..]), "{shell}, {flag}: {script}");
        }
    }
}

#[test]
fn manual_page_describes_options_and_examples() {
    let (status, page, stderr) = hello(&["--man"], &[("HELLO_LOG", "off")]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let page = page.replace("\\-", "-");
    for flag in FLAGS {
        let variable = format!("HELLO_{}", flag[2..].replace('-', "_").to_uppercase());
        assert!(page.contains(flag) && page.contains(&variable), "{flag}: {page}");
    }
    assert!(page.contains("\n.SH EXAMPLES\n.nf\n  hello  "), "{page}");
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_fails_the_manual_page() {
    let full = std::fs::File::create("/dev/full").unwrap();
    let status = program().arg("--man").stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn version_is_that_of_the_package() {
    let version = format!("hello {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(hello(&["--version"], &[]), (Some(0), version, String::new()));
}

#[test]
fn address_in_use_is_reported_on_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let (status, stdout, stderr) = hello(&["--addr", &addr], &[]);
    assert_eq!((status, stdout.as_str()), (Some(1), ""));
    let expected = format!("hello: {addr} is in use: choose another with --addr or HELLO_ADDR\n");
    assert_eq!(stderr, expected);
}

#[test]
fn address_may_be_name_or_port() {
    for address in ["localhost:0", ":0", "0"] {
        let server =
            Server::spawn(program().args(["--addr", address]).env("HELLO_STATUS", address));
        let status = StatusPage::in_log(&server.log()).expect("the log names the address");
        assert!(server.addr().ip().is_loopback() && status.0.ip().is_loopback(), "{address}");
        assert_eq!(server.ask(get("/")).status, 200, "{address}");
        assert_eq!(status.ask(&get("/healthz")).status, 200, "{address}");
    }
}

#[test]
fn spin_is_refused_with_other_strategies() {
    let (status, _, stderr) =
        hello(&["--addr", "127.0.0.1:0", "--queue", "mpsc", "--spin", "50"], &[]);
    assert_eq!(status, Some(1));
    assert!(
        stderr.contains("--spin or HELLO_SPIN ") && stderr.contains("--queue condvar"),
        "{stderr}"
    );
}

#[test]
fn bad_value_is_refused_with_its_flag() {
    for (flag, value) in [
        ("--addr", "nowhere"),
        ("--status", "on"),
        ("--status", "localhost"),
        ("--workers", "0"),
        ("--workers", "many"),
        ("--workers", "1000000"),
        ("--queue", "fifo"),
        ("--spin", "long"),
        ("--spin", "1000001"),
        ("--capacity", "0"),
        ("--capacity", "18446744073709551615"),
        ("--take", "-1"),
        ("--sleep-seconds", "five"),
        ("--sleep-seconds", "1e19"),
        ("--head-seconds", "0"),
        ("--head-seconds", "1e19"),
        ("--write-seconds", "-1"),
        ("--idle-seconds", "0"),
        ("--connections", "0"),
        ("--requests", "0"),
        ("--grace", "-1"),
        ("--linger-seconds", "NaN"),
        ("--log", "loud"),
    ] {
        let (status, _, stderr) = hello(&[&format!("{flag}={value}")], &[]);
        assert_eq!(status, Some(2), "{flag} {value}: {stderr}");
        assert!(stderr.contains(flag) && stderr.contains(value), "{stderr}");
        assert!(!stderr.contains("HELLO_"), "{stderr}");
        let variable = format!("HELLO_{}", flag[2..].replace('-', "_").to_uppercase());
        let (status, _, stderr) = hello(&[], &[(&variable, value)]);
        assert_eq!(status, Some(2), "{variable}={value}: {stderr}");
        assert!(stderr.contains(&format!("{variable} ({flag} ")), "{stderr}");
        assert!(stderr.contains(value), "{stderr}");
    }
    let (status, _, stderr) = hello(&["--colour"], &[]);
    assert!(status == Some(2) && stderr.contains("--colour"), "{stderr}");
}

#[test]
fn bad_rust_log_is_reported_on_one_line() {
    for bad in ["loud", "hello=loud"] {
        let (status, _, stderr) = hello(&["--addr", "127.0.0.1:0"], &[("RUST_LOG", bad)]);
        assert_eq!(status, Some(1));
        assert!(stderr.starts_with("hello: RUST_LOG: ") && stderr.contains(bad), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn environment_sets_every_option() {
    let pages = files::pages("environment", "from the environment", "");
    let server = Server::spawn(program().envs([
        ("HELLO_ADDR", "127.0.0.1:0"),
        ("HELLO_STATUS", "127.0.0.1:0"),
        ("HELLO_WORKERS", "3"),
        ("HELLO_QUEUE", "mpsc"),
        ("HELLO_CAPACITY", "7"),
        ("HELLO_HTML", &pages),
        ("HELLO_TAKE", "1"),
        ("HELLO_SLEEP_SECONDS", "0"),
        ("HELLO_HEAD_SECONDS", "1"),
        ("HELLO_IDLE_SECONDS", "1"),
        ("HELLO_WRITE_SECONDS", "1"),
        ("HELLO_CONNECTIONS", "3"),
        ("HELLO_REQUESTS", "1"),
        ("HELLO_GRACE", "5"),
        ("HELLO_LINGER_SECONDS", "0.1"),
        ("HELLO_LOG", "debug"),
    ]));
    assert_eq!(server.ask(get("/sleep")).text(), "from the environment");
    let (status, log) = server.wait();
    assert!(status.success() && log.contains("with 3 workers"), "{log}");
    assert!(log.contains("the status page is at http://127.0.0.1:"), "{log}");
    assert!(log.contains("worker 2 disconnected; shutting down."), "{log}");
}

#[test]
fn flag_overrides_its_variable() {
    let mut command = program();
    command.args(["--addr", "127.0.0.1:0", "--workers", "2", "--log", "info"]);
    let server = Server::spawn(command.envs([
        ("HELLO_WORKERS", "9"),
        ("HELLO_LOG", "off"),
        ("RUST_LOG", "off"),
    ]));
    assert!(server.log().contains("with 2 workers"));
}
