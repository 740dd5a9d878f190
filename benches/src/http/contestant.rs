//! Who takes part, and how a server is started, checked and stopped.

use super::process::{Usage, usage};
use super::serve::PEERS;
use super::{check, nginx};
use crate::contender::Side;
use crate::servers::Mode;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

/// How long a server may take until it lets clients in, and until it is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a server is started until it is up: the port that was free may have been taken by
/// somebody else.
const STARTS: usize = 3;

/// The strategies of `hello`'s queue; the first one is its default.
const STRATEGIES: &[&str] = &["condvar", "textbook", "std-condvar", "mpsc", "while-let"];

/// One that takes part.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    /// Its name in tables and on the command line.
    pub name: String,
    /// How it works, in a line.
    pub mechanism: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Our server: the file, and the strategy of its queue.
    Hello(PathBuf, &'static str),
    /// One of the peers in this program, and whether its connections can stay open.
    Peer { keeps_alive: bool },
    /// nginx, if it is installed.
    Nginx,
}

/// Everybody, whether installed or not.
fn all() -> Result<Vec<Contestant>, String> {
    let hello = env::current_exe()
        .map_err(|error| format!("cannot tell where this program is: {error}"))?;
    let hello = hello.with_file_name(format!("hello{}", env::consts::EXE_SUFFIX));
    let ours = STRATEGIES.iter().enumerate().map(|(index, strategy)| Contestant {
        name: if index == 0 { "hello".to_owned() } else { format!("hello-{strategy}") },
        mechanism: format!("ours, on the {strategy} queue"),
        kind: Kind::Hello(hello.clone(), strategy),
    });
    let peers = PEERS.iter().map(|peer| Contestant {
        name: peer.name.to_owned(),
        mechanism: peer.mechanism.to_owned(),
        kind: Kind::Peer { keeps_alive: peer.keeps_alive },
    });
    let nginx = Contestant {
        name: "nginx".to_owned(),
        mechanism: "an event loop for each worker process".to_owned(),
        kind: Kind::Nginx,
    };
    Ok(ours.chain([nginx]).chain(peers).collect())
}

/// Finds who was named, or everybody if nobody was; and the other builds of `hello`, which always
/// take part.
///
/// # Errors
///
/// A name is unknown, a program is missing, or the baseline does not take part.
pub fn chosen(
    names: &[String],
    other_hellos: &[Contestant],
    baseline: &str,
) -> Result<Vec<Contestant>, String> {
    let all = all()?;
    let mut chosen = Vec::new();
    for name in names {
        let found = all.iter().find(|one| one.name == *name);
        chosen.push(found.cloned().ok_or_else(|| {
            let known: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
            format!("no server is called `{name}`; there are {}", known.join(", "))
        })?);
    }
    if names.is_empty() {
        chosen = all;
    }
    chosen.extend_from_slice(other_hellos);
    if chosen.iter().any(|one| one.kind == Kind::Nginx) && !nginx::is_installed() {
        eprintln!("nginx is not installed and does not take part");
        chosen.retain(|one| one.kind != Kind::Nginx);
    }
    for (index, one) in chosen.iter().enumerate() {
        if chosen[..index].iter().any(|other| other.name == one.name) {
            return Err(format!("two servers are called `{}`", one.name));
        }
        if let Kind::Hello(file, _) = &one.kind
            && !file.is_file()
        {
            return Err(format!(
                "{} is not there; build it: cargo build --release",
                file.display()
            ));
        }
    }
    if chosen.iter().all(|one| one.name != baseline) {
        return Err(format!("the baseline `{baseline}` does not take part"));
    }
    Ok(chosen)
}

/// Reads `NAME=PATH`: another build of our server.
///
/// # Errors
///
/// There is no `=` between two parts.
pub fn another_hello(text: &str) -> Result<Contestant, String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok(Contestant {
            name: name.to_owned(),
            mechanism: format!("ours, from {path}"),
            kind: Kind::Hello(Path::new(path).to_owned(), STRATEGIES[0]),
        }),
        _ => Err("a name, `=` and the path of a `hello` are expected".to_owned()),
    }
}

impl Contestant {
    /// Which side it is on: our server as it is by default, with another queue or of another build,
    /// or somebody else's.
    pub fn side(&self) -> Side {
        match self.kind {
            Kind::Hello(..) if self.name == "hello" => Side::Ours,
            Kind::Hello(..) => Side::Study,
            Kind::Peer { .. } | Kind::Nginx => Side::Peer,
        }
    }

    /// Whether it can take part in this mode.
    pub fn can(&self, mode: Mode) -> bool {
        mode == Mode::Close || self.kind != Kind::Peer { keeps_alive: false }
    }

    /// Starts it on a loopback port of its own and waits until it lets clients in.
    ///
    /// # Errors
    ///
    /// It cannot be started, or ends at once, or lets nobody in.
    pub fn start(&self) -> Result<Running, String> {
        let mut problem = String::new();
        for _ in 0..STARTS {
            match self.try_start() {
                Ok(running) => return Ok(running),
                Err(error) => problem = error,
            }
        }
        Err(format!("{}: {problem}", self.name))
    }

    fn try_start(&self) -> Result<Running, String> {
        let address = free_address().map_err(|error| format!("no port is free: {error}"))?;
        let mut running =
            self.spawn(address).map_err(|error| format!("cannot be started: {error}"))?;
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(format!("ended before it let anybody in ({status})"));
            }
            if Instant::now() > deadline {
                return Err(format!("let nobody in within {PATIENCE:?}"));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(running)
    }

    fn spawn(&self, address: SocketAddr) -> io::Result<Running> {
        let mut command = match &self.kind {
            Kind::Nginx => {
                let (child, home) = nginx::start(address, num_cpus())?;
                return Ok(Running { address, child, nginx: Some(home) });
            }
            Kind::Hello(file, strategy) => {
                let mut command = Command::new(file);
                // As many requests on a connection as everybody else allows.
                command.args(["--queue", strategy, "--log", "warn", "--requests", "1000000000"]);
                command.arg("--addr").arg(address.to_string()).stdin(Stdio::null());
                // By its variable, which a build from before there was a status page ignores.
                command.env("HELLO_STATUS", "off");
                command
            }
            Kind::Peer { .. } => {
                let mut command = Command::new(env::current_exe()?);
                // A peer ends when its stdin does, and so does not outlive us, however we end.
                command.args(["serve", &self.name, &address.to_string()]).stdin(Stdio::piped());
                command
            }
        };
        // What it has to say is for whoever watches: stdout is for the result.
        let child = command.stdout(Stdio::null()).spawn()?;
        Ok(Running { address, child, nginx: None })
    }
}

fn num_cpus() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A loopback address that nobody has. Somebody may take it before the server does, but the system
/// is in no hurry to give the same port out again.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// A server that runs, until it is dropped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    nginx: Option<nginx::Home>,
}

impl Running {
    /// What it has used up so far.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub fn usage(&self) -> Result<Usage, String> {
        usage(self.child.id())
    }

    /// Makes sure that it answers with the right page.
    ///
    /// # Errors
    ///
    /// What was wrong with the answer.
    pub fn check(&self, mode: Mode) -> Result<(), String> {
        check::check(self.address, mode)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(home) = &self.nginx {
            home.stop();
            let deadline = Instant::now() + PATIENCE;
            while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(5));
            }
        }
        // If it has ended already there is nobody to kill, and then this does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_build_has_a_name_and_a_path() {
        let old = another_hello("old=/tmp/hello=old").unwrap();
        assert_eq!(
            (old.name.as_str(), old.kind),
            ("old", Kind::Hello("/tmp/hello=old".into(), "condvar"))
        );
        for wrong in ["", "old", "=path", "old="] {
            assert!(another_hello(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_known_or_refused() {
        let names = ["chapter".to_owned()];
        assert_eq!(chosen(&names, &[], "chapter").unwrap()[0].name, "chapter");
        assert!(chosen(&names, &[], "hello").unwrap_err().contains("baseline"));
        assert!(chosen(&["nobody".to_owned()], &[], "nobody").unwrap_err().contains("tiny_http"));
    }
}
