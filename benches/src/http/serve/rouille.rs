//! rouille, with a pool of as many handlers as it is told.

use super::{CONTENT_TYPE, Outcome};
use crate::http::PAGE;
use rouille::{Response, Server};
use std::net::SocketAddr;

pub(super) fn serve(address: SocketAddr, workers: usize) -> Outcome {
    Server::new(address, |request| match request.url().as_str() {
        "/" => Response::from_data(CONTENT_TYPE, PAGE),
        _ => Response::empty_404(),
    })?
    .pool_size(workers)
    .run();
    Ok(())
}
