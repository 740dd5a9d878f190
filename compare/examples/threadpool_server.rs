//! The chapter's server on the crate `threadpool`, to read beside `src/main.rs`. Parser and
//! responses are those of `hello`, so that only the pool differs.
//!
//! Differences between `threadpool` 1.8 and `hello`, from their sources:
//!
//! | | `threadpool` | `hello` |
//! |---|---|---|
//! | queue | `mpsc::channel` behind a `Mutex`, unbounded | any `JobQueue`; if it is bounded, `execute` waits for room and `try_execute` returns the job |
//! | dropping the pool | does not wait; queued jobs still run, unless the process ends | waits until every accepted job has run and every worker has ended |
//! | a job that panics | ends its thread, whose destructor spawns another, or aborts the process if that fails | is caught; the thread goes on |
//! | a job's result | needs a channel of the caller's | is returned by the handle that `spawn` returns |
//! | `join` | waits until idle | also with a deadline: `join_timeout` |
//! | a thread cannot be started | `new` and `build` panic | `build` returns an error |
//! | number of workers | `set_num_threads` changes it; a surplus worker ends between two jobs if enough others are busy | is fixed |
//! | a second handle | `Clone`; when the last is dropped the threads end | an `Arc` around the pool |
//!
//! With either pool, a worker waits for its client, as in the chapter. If there are as many silent
//! clients as workers, the server answers no other client until they time out; the others wait in an
//! unbounded queue.
//!
//! `cargo run --release -p compare --example threadpool_server`, then open <http://127.0.0.1:7879>.
#![forbid(unsafe_code)]

use hello::http::{Persistence, Response, Status, parse_head};
use hello::server::Pages;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{env, thread};
use threadpool::ThreadPool;

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:7879".to_owned());
    let listener = TcpListener::bind(address)?;
    let pool = ThreadPool::default();
    let pages = Arc::new(Pages::default());
    eprintln!("listening on http://{} with {} workers", listener.local_addr()?, pool.max_count());
    for stream in listener.incoming() {
        let (Ok(stream), pages) = (stream, Arc::clone(&pages)) else { continue };
        pool.execute(move || {
            if let Err(error) = handle_connection(stream, &pages) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

/// Answers one request. The worker waits for it, as in the chapter.
fn handle_connection(mut stream: TcpStream, pages: &Pages) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    let (response, head_only) = loop {
        match parse_head(&bytes) {
            Ok(Some(request)) => {
                let (status, page) = match request.path {
                    "/" => (Status::Ok, &pages.hello),
                    "/sleep" => {
                        thread::sleep(Duration::from_secs(5));
                        (Status::Ok, &pages.hello)
                    }
                    _ => (Status::NotFound, &pages.not_found),
                };
                break (Response::page(status, page), request.head_only);
            }
            // `parse_head` refuses a head that is too long, so the loop ends.
            Ok(None) => match stream.read(&mut chunk)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                length => bytes.extend_from_slice(&chunk[..length]),
            },
            Err(refusal) => break (Response::error(refusal, &pages.error), false),
        }
    };
    let mut answer = Vec::new();
    response.write_head(
        &mut answer,
        httpdate::fmt_http_date(SystemTime::now()).as_bytes(),
        Persistence::Close,
    );
    answer.extend_from_slice(response.body(head_only));
    stream.write_all(&answer)
}
