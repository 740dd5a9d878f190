//! The listener: its loop over incoming connections goes on after errors, and ends when it is
//! stopped.

use listenfd::ListenFd;
use log::{debug, warn};
use mio::net::{TcpListener, TcpStream};
#[cfg(target_os = "linux")]
use nix::{libc, sys::socket::sockopt};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{self, ErrorKind};
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How many connections the operating system keeps until they are accepted. A burst of clients
/// overflows the 128 of the standard library.
const BACKLOG: i32 = 1024;

/// How long to wait after an error, such as a lack of descriptors or memory. The wait doubles with
/// each error in a row.
const MIN_BACKOFF: Duration = Duration::from_millis(10);
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// How often a lasting error is logged.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// How long a stopped listener waits for the first bytes of clients that have already connected.
const STOP_DELAY: Duration = Duration::from_millis(20);

/// A bound listener.
///
/// # Example
///
/// ```
/// use hello::server::Listener;
/// use std::net::TcpStream;
///
/// let listener = Listener::bind("127.0.0.1:0".parse().unwrap())?;
/// let _client = TcpStream::connect(listener.local_addr()?)?;
/// listener.stopper()?.stop();
/// // Clients that connected before the stop are still accepted; then the loop ends.
/// assert!(listener.incoming().count() >= 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Listener {
    /// A blocking socket in a type made for non-blocking ones. The connections it accepts are
    /// non-blocking from the start; with the standard library's type each would need one more
    /// system call.
    socket: Arc<TcpListener>,
    stopping: Arc<AtomicBool>,
}

/// Returns a socket that listens on an address.
pub(super) fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Unix this lets a restarted server listen at once, while connections of the old one still
    // linger in the kernel. On Windows it would let two servers share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Listener {
    /// Listens on an address; port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system: the address is in use or not local, or the port
    /// needs privileges.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        Self::new(listen(address)?)
    }

    fn new(socket: std::net::TcpListener) -> io::Result<Self> {
        // The connections inherit this option. Each response is sent in one call, so Nagle's
        // algorithm would save nothing, and would delay clients that pipeline requests by 40 ms.
        SockRef::from(&socket).set_tcp_nodelay(true)?;
        #[cfg(target_os = "linux")]
        defer(&socket);
        Ok(Self { socket: Arc::new(TcpListener::from_std(socket)), stopping: Arc::default() })
    }

    /// Takes over the socket that a service manager has opened, or binds `address` if there is
    /// none.
    ///
    /// With systemd's socket activation the socket outlives the server: clients that connect during
    /// a restart wait in its backlog.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system, or one that says that the inherited socket is not
    /// a listening TCP socket.
    pub fn inherit_or_bind(address: SocketAddr) -> io::Result<Self> {
        match ListenFd::from_env().take_tcp_listener(0)? {
            Some(socket) => {
                // The process that used it before may have left it non-blocking, as
                // `Stopper::stop` does.
                socket.set_nonblocking(false)?;
                Self::new(socket)
            }
            None => Self::bind(address),
        }
    }

    /// Returns the address it listens on, with the port that was picked.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Returns a handle that ends [`incoming`](Self::incoming) from another thread.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system if it cannot open the socket that the stop will
    /// need.
    pub fn stopper(&self) -> io::Result<Stopper> {
        let address = reachable(self.local_addr()?);
        let wake_socket =
            Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        Ok(Stopper {
            listener: Arc::downgrade(&self.socket),
            wake_socket,
            address,
            stopping: Arc::clone(&self.stopping),
        })
    }

    /// Returns an iterator over accepted connections and the addresses of their clients. It ends
    /// when the listener is stopped, and after no error.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self, backoff: MIN_BACKOFF, logged: None, is_last_try: false }
    }
}

/// `TCP_DEFER_ACCEPT`, in seconds.
#[cfg(target_os = "linux")]
#[derive(Clone)]
struct DeferAccept;

#[cfg(target_os = "linux")]
nix::setsockopt_impl!(
    DeferAccept,
    libc::IPPROTO_TCP,
    libc::TCP_DEFER_ACCEPT,
    u32,
    sockopt::SetStruct<'_, u32>
);

/// Makes the system keep a new connection in the backlog until its first bytes have arrived. If a
/// worker got it sooner, the worker would only park it, and the connection would pass through the
/// queue twice, which is most of the cost of serving it.
#[cfg(target_os = "linux")]
fn defer(socket: &std::net::TcpListener) {
    /// The system rounds this to repetitions of its SYN-ACK. The first comes after one second, and
    /// then even a silent connection is accepted.
    const SECONDS: u32 = 1;
    if let Err(error) = nix::sys::socket::setsockopt(socket, DeferAccept, &SECONDS) {
        debug!("connections are accepted before their first bytes: {error}");
    }
}

/// The iterator of [`Listener::incoming`].
#[derive(Debug)]
pub struct Incoming<'a> {
    listener: &'a Listener,
    /// How long to wait after the next error.
    backoff: Duration,
    /// When an error was last logged.
    logged: Option<Instant>,
    /// Whether the listener is stopped and has waited for the last clients.
    is_last_try: bool,
}

impl Iterator for Incoming<'_> {
    type Item = (TcpStream, SocketAddr);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.listener.socket.accept() {
                Ok(accepted) => {
                    self.backoff = MIN_BACKOFF;
                    return Some(accepted);
                }
                // The stopper made the socket non-blocking, and the backlog is empty.
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.is_stopping() => {
                    if mem::replace(&mut self.is_last_try, true) {
                        return None;
                    }
                    thread::sleep(STOP_DELAY);
                }
                Err(error) if concerns_one_client(&error) => {
                    debug!("a client disconnected before it was accepted: {error}");
                }
                Err(error) => self.back_off(&error),
            }
        }
    }
}

impl Incoming<'_> {
    fn is_stopping(&self) -> bool {
        self.listener.stopping.load(Ordering::Acquire)
    }

    /// Waits until the system may have descriptors or memory again. Until then the clients stay in
    /// the backlog.
    fn back_off(&mut self, error: &io::Error) {
        if self.logged.is_none_or(|logged| logged.elapsed() >= LOG_INTERVAL) {
            warn!("cannot accept clients for the moment: {error}");
            self.logged = Some(Instant::now());
        }
        thread::sleep(self.backoff);
        self.backoff = (self.backoff * 2).min(MAX_BACKOFF);
    }
}

/// Returns whether an error of `accept` concerns one client only.
fn concerns_one_client(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Ends the loop of a [`Listener`].
///
/// # Example
///
/// ```
/// use hello::server::Listener;
/// use std::thread;
///
/// let listener = Listener::bind("127.0.0.1:0".parse().unwrap())?;
/// let stopper = listener.stopper()?;
/// let signal = thread::spawn(move || stopper.stop());
/// for (stream, peer) in listener.incoming() {
///     println!("{peer} connects"); // the stopper connects too, to wake this loop
///     drop(stream);
/// }
/// signal.join().unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Stopper {
    /// Weak, so that the socket closes with its listener and later clients are refused instead of
    /// left in the backlog.
    listener: Weak<TcpListener>,
    /// Opened in advance, since there may be no descriptor left at the time of the stop.
    wake_socket: Socket,
    /// Where the wake socket connects.
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
}

impl Stopper {
    /// Returns whether [`stop`](Self::stop) was called.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Ends the loop after the connections that are already in the backlog.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        // From now on `accept` returns `WouldBlock` when the backlog is empty. A call that already
        // blocks goes on blocking, so one more connection wakes it. If connecting fails, the
        // listener is gone and there is no call to wake.
        if let Some(listener) = self.listener.upgrade() {
            let _ = SockRef::from(&*listener).set_nonblocking(true);
        }
        let _ = self.wake_socket.connect_timeout(&self.address.into(), Duration::from_secs(1));
        // The worker that serves this connection then reads its end and closes it.
        let _ = self.wake_socket.shutdown(Shutdown::Both);
    }
}

/// Returns an address at which this machine reaches its own listener, even if that listens on all
/// addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        // The address is not rebuilt, since a link-local one would lose its scope.
        _ => {}
    }
    address
}
