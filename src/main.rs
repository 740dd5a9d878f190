//! The Rust Book's final server: arguments, log, pool and listener loop.

#![forbid(unsafe_code)]

mod cli;

use cli::Args;
use hello::ThreadPool;
use hello::server::{Connection, Server, Settings, StatusPage, handle_connection};
use log::{info, warn};
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let args = Args::from_command_line();
    let result = run(&args);
    cli::finish_log(&result);
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    cli::ignore_unused_signals()?;
    cli::start_log(args.log)?;
    let listener = cli::listen(args)?;
    let status_page = cli::bind_status_page(args)?;
    let pool =
        Arc::new(ThreadPool::builder().workers(args.workers()).queue(args.queue()?).build()?);
    let settings = Settings {
        address: listener.local_addr()?,
        status: status_page.as_ref().map(StatusPage::local_addr).transpose()?,
        ..args.settings()?
    };
    let (address, queue) = (settings.address, settings.queue);
    let server = Server::new(settings, Arc::clone(&pool))?;
    server.stop_on_failure(listener.stopper()?);
    cli::stop_on_signal(listener.stopper()?)?;
    if let Some(page) = status_page {
        info!("the status page is at http://{}", page.local_addr()?);
        page.serve(&server)?;
    }
    info!("listening on http://{address} with {} workers, queue {queue}", pool.workers());

    for (stream, peer) in listener.incoming().take(args.take.unwrap_or(usize::MAX)) {
        let connection = Connection::new(stream, peer, &server);
        // If the queue is full, the connection comes back in the error, and responds with 503 when
        // it is dropped.
        let _ = pool.try_execute(move || handle_connection(connection));
    }

    if server.has_failed() {
        return Err("the reactor thread panicked; the log says why".into());
    }
    info!("shutting down");
    // The listener is closed first: a client that connects during the shutdown is refused at once
    // instead of waiting for a response that does not come.
    drop(listener);
    let cut = server.shutdown(args.grace);
    info!("{}", server.summary());
    if cut > 0 {
        warn!("{cut} connections were cut: they were not finished within {:?}", args.grace);
    }
    Ok(())
}
