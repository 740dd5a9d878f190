//! The Rust peers: each serves the page as its own documentation does, with a worker for each core.

use super::PAGE;
use crate::data::Mode;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, mpsc};
use std::{process, thread};

const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// The result of a peer that cannot serve. A peer that can does not return.
type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// A server on another crate.
#[derive(Debug)]
pub struct Peer {
    /// Its name in tables and on the command line.
    pub name: &'static str,
    /// Its mechanism, in one line.
    pub mechanism: &'static str,
    /// The modes it supports.
    pub modes: &'static [Mode],
    serve: fn(SocketAddr, usize) -> Outcome,
}

const BOTH: &[Mode] = &[Mode::Close, Mode::KeepAlive];

/// All peers.
pub const PEERS: &[Peer] = &[
    Peer {
        name: "axum",
        mechanism: "hyper on tokio: tasks on stealing workers",
        modes: BOTH,
        serve: serve_axum,
    },
    Peer {
        name: "actix-web",
        mechanism: "a single-threaded tokio for each worker",
        modes: BOTH,
        serve: serve_actix,
    },
    Peer {
        name: "ntex",
        mechanism: "a single-threaded tokio for each worker, with pooled buffers",
        modes: BOTH,
        serve: serve_ntex,
    },
    Peer {
        name: "may_minihttp",
        mechanism: "a coroutine for each connection, on stealing workers",
        // It ignores `Connection: close` and leaves the connection open.
        modes: &[Mode::KeepAlive],
        serve: serve_may,
    },
    Peer {
        name: "tiny_http",
        mechanism: "a thread for each connection, workers on a shared queue of requests",
        modes: BOTH,
        serve: serve_tiny_http,
    },
    Peer {
        name: "rouille",
        mechanism: "tiny_http with a pool of handlers",
        modes: BOTH,
        serve: serve_rouille,
    },
    Peer {
        name: "chapter",
        mechanism: "the Book's final server: a shared mpsc receiver",
        modes: &[Mode::Close],
        serve: serve_chapter,
    },
];

/// Serves until stdin is closed, which happens when the parent process ends.
///
/// # Errors
///
/// Fails if the name is unknown, or if the peer cannot listen on the address.
pub fn serve(name: &str, address: SocketAddr) -> Result<(), String> {
    let peer = PEERS
        .iter()
        .find(|peer| peer.name == name)
        .ok_or_else(|| format!("no peer is called `{name}`"))?;
    thread::spawn(|| {
        // Stdin never has any data; its end and an error mean the same.
        let _ = io::stdin().read(&mut [0]);
        process::exit(0);
    });
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    (peer.serve)(address, workers).map_err(|error| format!("{name}: {error}"))
}

/// axum on tokio's multi-threaded runtime.
fn serve_axum(address: SocketAddr, workers: usize) -> Outcome {
    use axum::http::header;
    use axum::routing::get;
    use axum::serve::ListenerExt;

    let page = || async { ([(header::CONTENT_TYPE, CONTENT_TYPE)], PAGE) };
    let router = axum::Router::new().route("/", get(page));
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(workers).enable_all().build()?.block_on(async {
        // TCP_NODELAY, as its documentation advises for short responses.
        let listener = tokio::net::TcpListener::bind(address).await?.tap_io(|stream| {
            // Without it, responses are slower but not wrong.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.map_err(Into::into)
    })
}

/// actix-web, whose workers each have their own connections.
fn serve_actix(address: SocketAddr, workers: usize) -> Outcome {
    use actix_web::{App, HttpResponse, HttpServer, web};

    let page = || async { HttpResponse::Ok().content_type(CONTENT_TYPE).body(PAGE) };
    let server = HttpServer::new(move || App::new().route("/", web::get().to(page)));
    let server = server.workers(workers).backlog(1024).tcp_nodelay(true).bind(address)?;
    actix_web::rt::System::new().block_on(server.run())?;
    Ok(())
}

/// ntex on tokio, whose workers each have their own connections, with TCP_NODELAY as its default.
fn serve_ntex(address: SocketAddr, workers: usize) -> Outcome {
    use ntex::web::{App, HttpResponse, HttpServer, get};

    let page = || async { HttpResponse::Ok().content_type(CONTENT_TYPE).body(PAGE) };
    let system = ntex::rt::System::new("ntex", ntex::rt::DefaultRuntime);
    system.block_on(async move {
        let server = HttpServer::new(async move || App::new().route("/", get().to(page)));
        server.workers(workers).backlog(1024).bind(address)?.run().await.map_err(Into::into)
    })
}

/// The service of [`serve_may`].
#[derive(Clone)]
struct Page(&'static str);

impl may_minihttp::HttpService for Page {
    fn call(
        &mut self,
        _request: may_minihttp::Request<'_, '_, '_>,
        response: &mut may_minihttp::Response<'_>,
    ) -> io::Result<()> {
        response.header("Content-Type: text/html; charset=utf-8").body(self.0);
        Ok(())
    }
}

/// may_minihttp, which has a worker for each core, bound to it, and never sets TCP_NODELAY.
fn serve_may(address: SocketAddr, _workers: usize) -> Outcome {
    let server = may_minihttp::HttpServer(Page(std::str::from_utf8(PAGE)?)).start(address)?;
    server.join().map_err(|_| "its listener panicked".into())
}

/// tiny_http, whose documentation has several threads ask one server for the next request.
///
/// It buffers 1024 bytes of a response and never sets TCP_NODELAY. A longer page is sent in two
/// segments, and on a connection that stays open the second waits some 40 ms for the client's
/// acknowledgement of the first. It closes a connection if the request says so, but its response does
/// not say it, and it lets no handler add that field.
fn serve_tiny_http(address: SocketAddr, workers: usize) -> Outcome {
    use tiny_http::{Header, Response, Server};

    let server = Server::http(address)?;
    let content_type: Header =
        format!("Content-Type: {CONTENT_TYPE}").parse().expect("it is a header field");
    let work = || {
        for request in server.incoming_requests() {
            let headers = vec![content_type.clone()];
            let page = Response::new(200.into(), headers, PAGE, Some(PAGE.len()), None);
            // The client may have left.
            let _ = request.respond(page);
        }
    };
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    Ok(())
}

/// rouille with a pool of handlers.
fn serve_rouille(address: SocketAddr, workers: usize) -> Outcome {
    use rouille::{Response, Server};

    let server = Server::new(address, |request| match request.url().as_str() {
        "/" => Response::from_data(CONTENT_TYPE, PAGE),
        _ => Response::empty_404(),
    })?;
    server.pool_size(workers).run();
    Ok(())
}

type Job = Box<dyn FnOnce() + Send + 'static>;

/// The server of the Book's last chapter (Listings 21-20 to 21-25).
///
/// It differs where the comparison needs it: the page is in memory and has a Content-Type, the
/// response says that the connection closes, which the clients would count as an error, and an error
/// on a connection, which the chapter unwraps, does not end the worker.
fn serve_chapter(address: SocketAddr, workers: usize) -> Outcome {
    let listener = TcpListener::bind(address)?;
    let (sender, receiver) = mpsc::channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..workers {
        let receiver = Arc::clone(&receiver);
        thread::spawn(move || {
            loop {
                let message = receiver.lock().expect("no worker panics with the lock").recv();
                match message {
                    Ok(job) => job(),
                    Err(_) => break,
                }
            }
        });
    }
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let job = Box::new(move || {
            // The client may have left.
            let _ = handle_connection(stream);
        });
        sender.send(job).expect("the workers do not end");
    }
    Ok(())
}

/// Reads only the request line and closes the connection, as the chapter does.
fn handle_connection(mut stream: TcpStream) -> io::Result<()> {
    let Some(request_line) = BufReader::new(&stream).lines().next().transpose()? else {
        return Ok(());
    };
    let (status_line, contents) = match &request_line[..] {
        "GET / HTTP/1.1" => ("HTTP/1.1 200 OK", PAGE),
        _ => ("HTTP/1.1 404 NOT FOUND", &b""[..]),
    };
    let length = contents.len();
    let head = format!(
        "{status_line}\r\nContent-Length: {length}\r\nContent-Type: {CONTENT_TYPE}\r\n\
         Connection: close\r\n\r\n"
    );
    // In a single write, as with the chapter's `format!`.
    stream.write_all(&[head.as_bytes(), contents].concat())
}
