//! Behind a proxy, with the files of `deploy/`: instances are restarted one after the other, one is
//! killed, and no request fails.

use crate::support::activation::with_socket;
use crate::support::client::get;
use crate::support::files::empty_directory;
use crate::support::load_generator::{LoadGenerator, Mode};
use crate::support::server::{Server, program};
use nix::sys::signal::Signal::SIGTERM;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

/// The addresses of the proxy and its instances in `deploy/`.
const PROXY: &str = "127.0.0.1:8080";
const INSTANCES: [&str; 3] = ["127.0.0.1:7881", "127.0.0.1:7882", "127.0.0.1:7883"];

/// How many clients send requests.
const CLIENTS: usize = 16;

/// How many requests an instance has answered before it is restarted.
const SOME: usize = 200;

/// A proxy, which is ended when dropped.
struct Proxy {
    child: Child,
    addr: SocketAddr,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // SIGTERM, since a killed nginx would leave its workers running.
        let id = nix::unistd::Pid::from_raw(self.child.id().cast_signed());
        let _ = nix::sys::signal::kill(id, SIGTERM);
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs haproxy"]
fn restarts_behind_haproxy_fail_no_request() {
    restart_all(|socket, instances| {
        let file = substitute(include_str!("../../deploy/haproxy.cfg"), "fd@3", instances)
            // These settings need root.
            .replace("    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n", "");
        let path = format!("{}/haproxy.cfg", directory("haproxy"));
        fs::write(&path, file).unwrap();
        with_socket(socket, &["haproxy", "-db", "-f", &path])
    });
}

#[test]
#[ignore = "needs nginx"]
fn restarts_behind_nginx_fail_no_request() {
    restart_all(|socket, instances| {
        let directory = directory("nginx");
        let address = socket.local_addr().unwrap().to_string();
        let file = substitute(include_str!("../../deploy/nginx.conf"), &address, instances);
        fs::write(format!("{directory}/hello.conf"), file).unwrap();
        // What a distribution's nginx.conf says, with directories that need no root.
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
            with_socket(socket, &["nginx", "-p", &directory, "-e", "stderr", "-c", &path]);
        // The variable by which nginx inherits sockets.
        command.env("NGINX", "3;");
        command
    });
}

/// Restarts each of three instances twice, one after the other, then kills one, while clients send
/// requests through the proxy.
#[track_caller]
fn restart_all(proxy: impl FnOnce(&TcpListener, &[SocketAddr]) -> Command) {
    let mut instances: Vec<Server> =
        (0..INSTANCES.len()).map(|_| instance("127.0.0.2:0".parse().unwrap())).collect();
    let addrs: Vec<SocketAddr> = instances.iter().map(Server::addr).collect();
    // Opened here, so that early clients wait in its backlog.
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    // nginx expects this of an inherited socket, since its processes compete for connections.
    socket.set_nonblocking(true).unwrap();
    let child = proxy(&socket, &addrs).stdout(Stdio::null()).spawn().expect("the proxy starts");
    let proxy = Proxy { child, addr: socket.local_addr().unwrap() };
    let mut modes = [Mode::KeepAlive("/"), Mode::NewConnection("/")].repeat(CLIENTS / 2 - 1);
    modes.extend([Mode::KeepAlive("/sleep"), Mode::NewConnection("/sleep")]);
    let load = LoadGenerator::start(proxy.addr, modes);

    for turn in 0..2 * instances.len() {
        let old = instances.remove(0);
        let addr = old.addr();
        // Only an instance that is in use puts requests at risk.
        old.wait_for_log_times("\" 200 ", SOME);
        old.signal(SIGTERM);
        let (status, log) = old.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        instances.push(instance(addr));
        let errors = load.take_errors();
        assert!(errors.is_empty(), "restart {turn} failed requests: {errors:#?}");
    }

    // A kill fails no request either, since the proxy may repeat each one. Only a request whose
    // response was half sent would be lost.
    let killed = instances.remove(0);
    killed.wait_for_log_times("\" 200 ", SOME);
    drop(killed);
    load.wait_for_answers(2 * SOME);
    let (answered, errors) = load.stop();
    let requests = answered + errors.len();
    assert!(errors.is_empty(), "of {requests} requests a kill failed {errors:#?}");
}

/// Starts an instance and waits until it answers.
fn instance(addr: SocketAddr) -> Server {
    let server =
        Server::spawn(program().args(["--addr", &addr.to_string(), "--sleep-seconds", "0.1"]));
    assert_eq!(server.ask(get("/")).status, 200);
    server
}

/// Returns a file of `deploy/` with the addresses of this test.
#[track_caller]
fn substitute(file: &str, proxy: &str, instances: &[SocketAddr]) -> String {
    let instances = INSTANCES.into_iter().zip(instances.iter().map(ToString::to_string));
    [(PROXY, proxy.to_owned())].into_iter().chain(instances).fold(
        file.to_owned(),
        |file, (from, to)| {
            assert_eq!(file.matches(from).count(), 1, "{from}");
            file.replace(from, &to)
        },
    )
}

fn directory(name: &str) -> String {
    empty_directory(&format!("proxy-{name}")).into_os_string().into_string().unwrap()
}
