//! axum on tokio's runtime of several threads.

use super::{CONTENT_TYPE, Outcome};
use crate::http::PAGE;
use axum::Router;
use axum::http::header;
use axum::routing::get;
use axum::serve::ListenerExt;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

pub(super) fn serve(address: SocketAddr, workers: usize) -> Outcome {
    let page = || async { ([(header::CONTENT_TYPE, CONTENT_TYPE)], PAGE) };
    let router = Router::new().route("/", get(page));
    Builder::new_multi_thread().worker_threads(workers).enable_all().build()?.block_on(async {
        // As its documentation advises for short responses: nothing waits for an acknowledgement.
        let listener = TcpListener::bind(address).await?.tap_io(|stream| {
            // Without it the response is slower, not wrong.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.map_err(Into::into)
    })
}
