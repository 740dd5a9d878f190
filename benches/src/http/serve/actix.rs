//! actix-web, with as many workers as it is told; each has connections of its own.

use super::{CONTENT_TYPE, Outcome};
use crate::http::PAGE;
use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, web};
use std::net::SocketAddr;

pub(super) fn serve(address: SocketAddr, workers: usize) -> Outcome {
    let page = || async { HttpResponse::Ok().content_type(CONTENT_TYPE).body(PAGE) };
    let server = HttpServer::new(move || App::new().route("/", web::get().to(page)));
    System::new().block_on(server.workers(workers).backlog(1024).bind(address)?.run())?;
    Ok(())
}
