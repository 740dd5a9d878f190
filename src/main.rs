//! The Rust Book's final server, on a job queue that decides who is woken.

#![forbid(unsafe_code)]

mod args;
mod fd_limit;
mod logging;

use args::{Args, StatusAddr};
use clap::Parser;
use hello::ThreadPool;
use hello::server::{Connection, Listener, Server, StatusPage, Stopper, handle_connection};
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
    let listener = Listener::inherit_or_bind(args.addr)
        .map_err(|error| format!("cannot listen on {}: {error}", args.addr))?;
    let status = status_page(args.status)?;
    let pool =
        Arc::new(ThreadPool::builder().workers(args.workers()).queue(args.queue()?).build()?);
    let server = Server::new(args.settings()?, Arc::clone(&pool))?;
    stop_on_signal(listener.stopper()?)?;
    if let Some(page) = status {
        info!("the status page is at http://{}", page.local_addr()?);
        page.serve(&server, listener.local_addr()?)?;
    }
    info!("listening on http://{} with {} workers", listener.local_addr()?, pool.workers());

    for (stream, peer) in listener.incoming().take(args.take.unwrap_or(usize::MAX)) {
        let connection = Connection::new(stream, peer, &server);
        // A connection for which the queue has no room comes back in the error, and answers 503 as
        // it is dropped.
        let _ = pool.try_execute(move || handle_connection(connection));
    }

    info!("shutting down");
    // Closed first: who comes while the rest is answered is refused now, not let in and never
    // answered.
    drop(listener);
    let cut = server.shutdown(args.grace);
    info!("{}", server.summary());
    if cut > 0 {
        warn!("{cut} connections were cut: they were not finished within {:?}", args.grace);
    }
    Ok(())
}

/// The listener of the status page, if there is to be one.
fn status_page(address: Option<StatusAddr>) -> Result<Option<StatusPage>, String> {
    let (address, wanted) = match address {
        Some(StatusAddr::Off) => return Ok(None),
        Some(StatusAddr::At(address)) => (address, true),
        None => (StatusAddr::DEFAULT, false),
    };
    match StatusPage::bind(address) {
        Ok(page) => Ok(Some(page)),
        Err(error) if wanted => {
            Err(format!("cannot listen on {address} for the status page: {error}"))
        }
        Err(error) => {
            warn!("there is no status page, since {address} cannot be had: {error}");
            Ok(None)
        }
    }
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
