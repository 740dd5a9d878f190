//! A fresh client is answered at once, whatever thousands of others do or fail to do; and what
//! those cost.

use crate::client::Client;
use crate::server::{Server, TIMEOUT};
use crate::{get, keep};
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How many clients of each kind there are.
#[derive(Clone, Copy, Debug)]
struct Crowd {
    /// Who sends a byte of a request every two seconds.
    dripping: usize,
    /// Who says nothing.
    silent: usize,
    /// Who has been answered and may ask again.
    idle: usize,
    /// Who asks a hundred times and reads nothing.
    deaf: usize,
}

#[test]
fn a_crowd_of_hundreds_delays_nobody() {
    let crowd = Crowd { dripping: 50, silent: 20, idle: 200, deaf: 10 };
    let times = fresh_requests_amid(crowd, Duration::from_secs(2));
    assert!(times.last() < Some(&Duration::from_secs(1)), "{times:?}");
}

#[test]
#[ignore = "takes half a minute"]
fn a_crowd_of_thousands_delays_nobody() {
    let crowd = Crowd { dripping: 500, silent: 200, idle: 2000, deaf: 100 };
    if descriptors() < 4000 {
        eprintln!("skipped: a process may have {} descriptors here", descriptors());
        return;
    }
    let times = fresh_requests_amid(crowd, Duration::from_secs(30));
    assert!(times[times.len() * 99 / 100 - 1] < Duration::from_secs(1), "{times:?}");
}

/// How long fresh requests take, one every tenth of a second, in ascending order.
fn fresh_requests_amid(crowd: Crowd, time: Duration) -> Vec<Duration> {
    let server = Server::start(&["--workers", "2"]);
    let done = AtomicBool::new(false);
    // A server without a crowd tells what is the machine's own delay.
    let lonely = Server::start(&["--workers", "2"]);
    let (mut times, mut lonely_times) = (Vec::new(), Vec::new());
    thread::scope(|scope| {
        let come_and_go = || {
            let mut members = crowd.members();
            let mut tick = 0;
            while !done.load(Ordering::Relaxed) {
                // No more than these come at once: of a thousand and more, some would find the
                // queue full.
                let mut coming = 150;
                for (n, member) in members.iter_mut().enumerate() {
                    if member.stream.is_some() {
                        member.act((n + tick).is_multiple_of(40));
                    } else if coming > 0 {
                        member.come(&server);
                        coming -= 1;
                    }
                }
                tick += 1;
                thread::sleep(Duration::from_millis(50));
            }
        };
        let crowd = scope.spawn(come_and_go);
        // All of them come in the first second; that they do is part of it.
        let start = Instant::now();
        while start.elapsed() < time && !crowd.is_finished() {
            let asked = Instant::now();
            assert_eq!(server.ask(get("/")).status, 200);
            times.push(asked.elapsed());
            let asked_elsewhere = Instant::now();
            assert_eq!(lonely.ask(get("/")).status, 200);
            lonely_times.push(asked_elsewhere.elapsed());
            thread::sleep(Duration::from_millis(100).saturating_sub(asked.elapsed()));
        }
        done.store(true, Ordering::Relaxed);
    });
    let unwanted = |line: &&str| line.contains("WARN") || line.contains("\" 503 ");
    assert_eq!(server.log().lines().find(unwanted), None);
    for (times, whose) in
        [(&mut times, "amid a crowd"), (&mut lonely_times, "of a server without one")]
    {
        times.sort();
        let [median, late, last] =
            [50, 99, 100].map(|percent| times[(times.len() * percent).div_ceil(100) - 1]);
        eprintln!(
            "{} fresh requests {whose}: median {median:?}, p99 {late:?}, last {last:?}",
            times.len()
        );
    }
    times
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Dripping,
    Silent,
    Idle,
    Deaf,
}

/// One of the crowd. Whom the server closes on comes again.
struct Member {
    kind: Kind,
    stream: Option<TcpStream>,
    sent: usize,
}

impl Crowd {
    fn members(self) -> Vec<Member> {
        let kinds = [
            (Kind::Dripping, self.dripping),
            (Kind::Silent, self.silent),
            (Kind::Idle, self.idle),
            (Kind::Deaf, self.deaf),
        ];
        let members = kinds.into_iter().flat_map(|(kind, count)| (0..count).map(move |_| kind));
        members.map(|kind| Member { kind, stream: None, sent: 0 }).collect()
    }
}

impl Member {
    /// Does what it does, and a little more every two seconds.
    fn act(&mut self, drip: bool) {
        let Some(stream) = &mut self.stream else { return };
        let dripped = if drip && self.kind == Kind::Dripping {
            self.sent += 1;
            stream.write_all(&keep("/drip").as_bytes()[self.sent - 1..self.sent]).is_ok()
        } else {
            true
        };
        // A deaf client finds out that it was given up only from the errors of its socket.
        let gone = match self.kind {
            Kind::Deaf => {
                stream.take_error().is_ok_and(|error| error.is_some())
                    || drip && stream.write(b"G").is_err()
            }
            _ => matches!(stream.read(&mut [0; 8192]), Ok(0)) || !dripped,
        };
        if gone {
            self.stream = None;
        }
    }

    fn come(&mut self, server: &Server) {
        let socket = Socket::new(Domain::for_address(server.addr()), Type::STREAM, None).unwrap();
        if self.kind == Kind::Deaf {
            // So that not all of its responses find room here.
            socket.set_recv_buffer_size(4096).unwrap();
        }
        socket.connect_timeout(&server.addr().into(), TIMEOUT).expect("the server lets clients in");
        let mut stream = TcpStream::from(socket);
        stream.set_nonblocking(true).unwrap();
        self.sent = 0;
        match self.kind {
            Kind::Deaf => stream.write_all(keep("/").repeat(100).as_bytes()).unwrap(),
            Kind::Idle => stream.write_all(keep("/").as_bytes()).unwrap(),
            Kind::Dripping | Kind::Silent => {}
        }
        self.stream = Some(stream);
    }
}

/// How many descriptors this process may have, once it has asked for all.
fn descriptors() -> u64 {
    #[cfg(target_os = "linux")]
    return rlimit::increase_nofile_limit(u64::MAX).unwrap_or(0);
    #[cfg(not(target_os = "linux"))]
    return 0;
}

#[test]
#[ignore = "needs twenty thousand descriptors"]
#[cfg(target_os = "linux")]
fn ten_thousand_idle_connections_cost_memory_only() {
    let count = usize::try_from(descriptors()).unwrap().saturating_sub(200).min(10_000);
    let server =
        Server::start(&["--workers", "2", "--connections", "20000", "--idle-seconds", "60"]);
    let one = |client: &mut Client| assert_eq!(client.get("/").status, 200);
    // What the first requests need is not on the account of those that come later.
    (0..200).for_each(|_| one(&mut server.client()));
    let before = crate::parked::resident(server.id());
    let mut idle: Vec<Client> = (0..count).map(|_| server.client()).collect();
    idle.iter_mut().for_each(one);
    thread::sleep(Duration::from_millis(300));
    let each = crate::parked::resident(server.id()).saturating_sub(before) / count;
    eprintln!("{count} idle connections: {each} bytes resident for each");
    assert!(each < 2048, "{each} bytes");
    let start = Instant::now();
    assert_eq!(server.ask(get("/")).status, 200);
    assert!(start.elapsed() < Duration::from_secs(1));
    // And all of them are still served.
    idle.iter_mut().for_each(one);
    for stream in idle.iter().map(Client::stream) {
        SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
        stream.set_nonblocking(true).unwrap();
        assert_eq!(stream.peek(&mut [0]).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    }
}
