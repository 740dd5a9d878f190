//! Many connections at once: how soon a new request is answered, and what idle connections cost.

use crate::support::client::{get, keep_alive};
use crate::support::server::Server;
use crate::support::wait::TIMEOUT;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// It sends a byte of a request every two seconds (slowloris).
    Dripping,
    /// It sends nothing.
    Silent,
    /// It has been answered and may send another request.
    Idle,
    /// It sends a hundred requests and reads nothing.
    Unread,
}

/// How many connections of each kind there are.
type Load = [(Kind, usize); 4];

#[test]
fn hundreds_of_connections_delay_no_new_request() {
    let load = [(Kind::Dripping, 50), (Kind::Silent, 20), (Kind::Idle, 200), (Kind::Unread, 10)];
    let times = new_requests_under(load, Duration::from_secs(2));
    assert!(times.last() < Some(&Duration::from_secs(1)), "{times:?}");
}

#[test]
#[ignore = "takes half a minute"]
fn thousands_of_connections_delay_no_new_request() {
    let load =
        [(Kind::Dripping, 500), (Kind::Silent, 200), (Kind::Idle, 2000), (Kind::Unread, 100)];
    let limit = raised_fd_limit();
    if limit < 4000 {
        eprintln!("skipped: a process may have {limit} files open here");
        return;
    }
    let times = new_requests_under(load, Duration::from_secs(30));
    assert!(times[times.len() * 99 / 100 - 1] < Duration::from_secs(1), "{times:?}");
}

/// Returns how long requests on new connections take under this load, one every tenth of a second,
/// in ascending order.
fn new_requests_under(load: Load, time: Duration) -> Vec<Duration> {
    let server = Server::start(&["--workers", "2"]);
    // A server without load shows the delay of the machine itself.
    let idle_server = Server::start(&["--workers", "2"]);
    let done = AtomicBool::new(false);
    let (mut times, mut idle_times) = (Vec::new(), Vec::new());
    let timed = |server: &Server| {
        let start = Instant::now();
        assert_eq!(server.ask(get("/")).status, 200);
        start.elapsed()
    };
    thread::scope(|scope| {
        let clients = scope.spawn(|| run_clients(&server, load, &done));
        // All of them connect in the first second, which is part of the load.
        let start = Instant::now();
        while start.elapsed() < time && !clients.is_finished() {
            let taken = timed(&server);
            times.push(taken);
            idle_times.push(timed(&idle_server));
            thread::sleep(Duration::from_millis(100).saturating_sub(taken));
        }
        done.store(true, Ordering::Relaxed);
    });
    let unwanted = |line: &&str| line.contains("WARN") || line.contains("\" 503 ");
    assert_eq!(server.log().lines().find(unwanted), None);
    print_percentiles("under load", &mut times);
    print_percentiles("of an idle server", &mut idle_times);
    times
}

fn print_percentiles(of: &str, times: &mut [Duration]) {
    times.sort();
    let [median, p99, max] =
        [50, 99, 100].map(|percent| times[(times.len() * percent).div_ceil(100) - 1]);
    eprintln!("{} requests {of}: median {median:?}, p99 {p99:?}, max {max:?}", times.len());
}

/// Keeps these connections open and active until `done`.
fn run_clients(server: &Server, load: Load, done: &AtomicBool) {
    let kinds = load.into_iter().flat_map(|(kind, count)| (0..count).map(move |_| kind));
    let mut clients: Vec<_> = kinds.map(LoadClient::new).collect();
    let mut tick = 0;
    while !done.load(Ordering::Relaxed) {
        // With a thousand new connections at once, some would find the queue full.
        let mut new = 150;
        for (n, client) in clients.iter_mut().enumerate() {
            if client.stream.is_some() {
                client.act((n + tick).is_multiple_of(40));
            } else if new > 0 {
                client.connect(server);
                new -= 1;
            }
        }
        tick += 1;
        thread::sleep(Duration::from_millis(50));
    }
}

/// A client that connects again when the server has closed its connection.
struct LoadClient {
    kind: Kind,
    stream: Option<TcpStream>,
    sent: usize,
}

impl LoadClient {
    fn new(kind: Kind) -> Self {
        Self { kind, stream: None, sent: 0 }
    }

    /// Acts as its kind does. `is_due` is true every two seconds.
    fn act(&mut self, is_due: bool) {
        let Some(stream) = &mut self.stream else { return };
        let sent = if is_due && self.kind == Kind::Dripping {
            self.sent += 1;
            stream.write_all(&keep_alive("/drip").as_bytes()[self.sent - 1..self.sent]).is_ok()
        } else {
            true
        };
        // A client that does not read learns of the close only from the errors of its socket.
        let is_closed = match self.kind {
            Kind::Unread => {
                stream.take_error().is_ok_and(|error| error.is_some())
                    || is_due && stream.write(b"G").is_err()
            }
            _ => matches!(stream.read(&mut [0; 8192]), Ok(0)) || !sent,
        };
        if is_closed {
            self.stream = None;
        }
    }

    fn connect(&mut self, server: &Server) {
        let socket = Socket::new(Domain::for_address(server.addr()), Type::STREAM, None).unwrap();
        if self.kind == Kind::Unread {
            // Too small for all of its responses.
            socket.set_recv_buffer_size(4096).unwrap();
        }
        let connected = socket.connect_timeout(&server.addr().into(), TIMEOUT);
        connected.expect("the server accepts clients");
        let mut stream = TcpStream::from(socket);
        stream.set_nonblocking(true).unwrap();
        self.sent = 0;
        match self.kind {
            Kind::Unread => stream.write_all(keep_alive("/").repeat(100).as_bytes()).unwrap(),
            Kind::Idle => stream.write_all(keep_alive("/").as_bytes()).unwrap(),
            Kind::Dripping | Kind::Silent => {}
        }
        self.stream = Some(stream);
    }
}

/// Raises the limit on open files of this process as far as allowed, and returns it.
fn raised_fd_limit() -> u64 {
    #[cfg(target_os = "linux")]
    return rlimit::increase_nofile_limit(u64::MAX).unwrap_or(0);
    #[cfg(not(target_os = "linux"))]
    return 0;
}

#[test]
#[ignore = "needs twenty thousand descriptors"]
#[cfg(target_os = "linux")]
fn ten_thousand_idle_connections_cost_memory_only() {
    use crate::support::client::{Client, reset_on_close};
    use crate::support::process::resident;
    use crate::support::status_page::StatusPage;
    use std::io::ErrorKind;

    let count = u32::try_from(raised_fd_limit().saturating_sub(200).min(10_000)).unwrap();
    let flags = ["--workers", "2", "--connections", "20000", "--idle-seconds", "60"];
    let (server, status) = StatusPage::start(&flags);
    let request = |client: &mut Client| assert_eq!(client.get("/").status, 200);
    // What the first requests allocate is not what each connection costs.
    (0..200).for_each(|_| request(&mut server.client()));
    status.wait_for_parked(0);
    let before = resident(server.id());
    let mut idle: Vec<Client> = (0..count).map(|_| server.client()).collect();
    idle.iter_mut().for_each(request);
    status.wait_for_parked(count);
    let each = resident(server.id()).saturating_sub(before) / count as usize;
    eprintln!("{count} idle connections: {each} bytes resident for each");
    assert!(each < 2048, "{each} bytes");
    let start = Instant::now();
    assert_eq!(server.ask(get("/")).status, 200);
    assert!(start.elapsed() < Duration::from_secs(1));
    // All of them are still served.
    idle.iter_mut().for_each(request);
    for stream in idle.iter().map(Client::stream) {
        reset_on_close(stream);
        stream.set_nonblocking(true).unwrap();
        assert_eq!(stream.peek(&mut [0]).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    }
}
