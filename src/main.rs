//! The Rust Book's final server, on a job queue that decides who is woken.

#![forbid(unsafe_code)]

mod args;
mod descriptors;
mod logging;

use args::Args;
use clap::Parser;
use hello::ThreadPool;
use hello::server::{Connection, Listener, Server, Stopper, handle_connection};
use log::{info, warn};
use std::error::Error;
use std::process::{self, ExitCode};
use std::sync::Arc;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = run(&args);
    log::logger().flush();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hello: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    logging::start(args.log)?;
    let listener =
        Listener::inherit_or_bind(args.addr).map_err(|error| format!("cannot listen on {}: {error}", args.addr))?;
    let pool = Arc::new(ThreadPool::builder().workers(args.workers()).queue(args.queue()).build()?);
    let server = Server::new(args.settings()?, Arc::clone(&pool))?;
    stop_on_signal(listener.stopper()?)?;
    info!("listening on http://{} with {} workers", listener.local_addr()?, pool.workers());

    for (stream, peer) in listener.incoming().take(args.take.unwrap_or(usize::MAX)) {
        let connection = Connection::new(stream, peer, &server);
        // A connection for which the queue has no room comes back in the error, and answers 503 as it is dropped.
        let _ = pool.try_execute(move || handle_connection(connection));
    }

    info!("shutting down");
    // Closed first: who comes while the rest is answered is refused now, not let in and never answered.
    drop(listener);
    let cut = server.finish(args.grace);
    info!("{}", server.summary());
    if cut > 0 {
        warn!("{cut} connections were cut: they were not finished within {:?}", args.grace);
    }
    Ok(())
}

/// Stops the listener at the first Ctrl-C or SIGTERM, and the program at the second.
fn stop_on_signal(stopper: Stopper) -> Result<(), ctrlc::Error> {
    /// What shells report for a program that Ctrl-C ended: 128 and the number of SIGINT.
    const INTERRUPTED: i32 = 130;
    ctrlc::set_handler(move || {
        if stopper.is_stopping() {
            process::exit(INTERRUPTED);
        }
        stopper.stop();
    })
}
