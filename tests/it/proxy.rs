//! Behind a proxy, with the very files of `deploy/`: instances are restarted in turn, one is
//! killed, and no request fails.

use crate::activation::handed_over;
use crate::get;
use crate::server::{Server, program};
use crate::visitors::{Manner, Visitors};
use nix::sys::signal::Signal::SIGTERM;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

/// Where the files in `deploy/` expect the proxy and its instances.
const DOOR: &str = "127.0.0.1:8080";
const INSTANCES: [&str; 3] = ["127.0.0.1:7881", "127.0.0.1:7882", "127.0.0.1:7883"];

/// How many clients ask at once.
const VISITORS: usize = 16;

/// How many requests an instance has answered before it is restarted.
const SOME: usize = 200;

/// A proxy, ended when dropped.
struct Proxy {
    child: Child,
    addr: SocketAddr,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // By a signal it can pass on: killed, nginx would leave its workers behind.
        let id = nix::unistd::Pid::from_raw(self.child.id().cast_signed());
        let _ = nix::sys::signal::kill(id, SIGTERM);
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs haproxy"]
fn behind_haproxy_no_restart_costs_a_request() {
    in_turn(|door, instances| {
        let file = substitute(include_str!("../../deploy/haproxy.cfg"), "fd@3", instances)
            // What only root may do.
            .replace("    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n", "");
        let path = format!("{}/haproxy.cfg", directory("haproxy"));
        fs::write(&path, file).unwrap();
        handed_over(door, &["haproxy", "-db", "-f", &path])
    });
}

#[test]
#[ignore = "needs nginx"]
fn behind_nginx_no_restart_costs_a_request() {
    in_turn(|door, instances| {
        let directory = directory("nginx");
        let address = door.local_addr().unwrap().to_string();
        let file = substitute(include_str!("../../deploy/nginx.conf"), &address, instances);
        fs::write(format!("{directory}/hello.conf"), file).unwrap();
        // What a distribution's nginx.conf says, so that nobody needs to be root.
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {directory}/{name};\n"))
            .concat();
        let main = format!(
            "daemon off;\npid {directory}/pid;\nerror_log stderr crit;\nworker_processes 2;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}include {directory}/hello.conf;\n}}\n"
        );
        let path = format!("{directory}/nginx.conf");
        fs::write(&path, main).unwrap();
        let mut command =
            handed_over(door, &["nginx", "-p", &directory, "-e", "stderr", "-c", &path]);
        // How nginx hands its sockets to the next nginx.
        command.env("NGINX", "3;");
        command
    });
}

/// Restarts each of three instances in turn, twice, then kills one, all while visitors come through
/// a proxy.
#[track_caller]
fn in_turn(proxy: impl FnOnce(&TcpListener, &[SocketAddr]) -> Command) {
    let mut instances: Vec<Server> =
        (0..INSTANCES.len()).map(|_| instance("127.0.0.2:0".parse().unwrap())).collect();
    let addrs: Vec<SocketAddr> = instances.iter().map(Server::addr).collect();
    // Opened here, so that its port is ours and whoever comes too early waits.
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    // As nginx takes for granted of what it inherits: another of its processes may be quicker to
    // accept.
    door.set_nonblocking(true).unwrap();
    let child = proxy(&door, &addrs).stdout(Stdio::null()).spawn().expect("the proxy starts");
    let proxy = Proxy { child, addr: door.local_addr().unwrap() };
    let mut manners = [Manner::Kept("/"), Manner::Once("/")].repeat(VISITORS / 2 - 1);
    manners.extend([Manner::Kept("/sleep"), Manner::Once("/sleep")]);
    let visitors = Visitors::start(proxy.addr, manners);

    for turn in 0..2 * instances.len() {
        let old = instances.remove(0);
        let addr = old.addr();
        // Not before it is in use, or nothing would be put at risk.
        old.wait_for_log_times("\" 200 ", SOME);
        old.signal(SIGTERM);
        let (status, log) = old.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        instances.push(instance(addr));
        let failed = visitors.take_failed();
        assert!(failed.is_empty(), "restart {turn} failed requests: {failed:#?}");
    }

    // Nor does a kill, since all requests may be made twice. One of which half the response was
    // sent would be lost.
    let killed = instances.remove(0);
    killed.wait_for_log_times("\" 200 ", SOME);
    drop(killed);
    visitors.see_answered(2 * SOME);
    let (answered, failed) = visitors.leave();
    assert!(failed.is_empty(), "of {} requests a kill failed {failed:#?}", answered + failed.len());
}

/// An instance that answers.
fn instance(addr: SocketAddr) -> Server {
    let server =
        Server::spawn(program().args(["--addr", &addr.to_string(), "--sleep-seconds", "0.1"]));
    assert_eq!(server.ask(get("/")).status, 200);
    server
}

/// A file of `deploy/` with the addresses of this test.
#[track_caller]
fn substitute(file: &str, door: &str, instances: &[SocketAddr]) -> String {
    let instances = INSTANCES.into_iter().zip(instances.iter().map(ToString::to_string));
    [(DOOR, door.to_owned())].into_iter().chain(instances).fold(
        file.to_owned(),
        |file, (from, to)| {
            assert_eq!(file.matches(from).count(), 1, "{from}");
            file.replace(from, &to)
        },
    )
}

fn directory(name: &str) -> String {
    let directory = format!("{}/proxy-{name}", env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(&directory).unwrap();
    directory
}
