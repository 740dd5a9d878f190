//! The Book's final `main`, which must compile against this library unchanged, and work.

#![deny(warnings)]

use hello::ThreadPool;
use std::{
    fs,
    io::{BufReader, prelude::*},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

fn chapter_main(listener: TcpListener) {
    let pool = ThreadPool::new(4);

    for stream in listener.incoming().take(2) {
        let stream = stream.unwrap();

        pool.execute(|| {
            handle_connection(stream);
        });
    }

    println!("Shutting down.");
}

fn handle_connection(mut stream: TcpStream) {
    let buf_reader = BufReader::new(&stream);
    let request_line = buf_reader.lines().next().unwrap().unwrap();

    let (status_line, filename) = match &request_line[..] {
        "GET / HTTP/1.1" => ("HTTP/1.1 200 OK", "html/hello.html"),
        "GET /sleep HTTP/1.1" => {
            thread::sleep(Duration::from_millis(50));
            ("HTTP/1.1 200 OK", "html/hello.html")
        }
        _ => ("HTTP/1.1 404 NOT FOUND", "html/404.html"),
    };

    let contents = fs::read_to_string(filename).unwrap();
    let length = contents.len();

    let response = format!("{status_line}\r\nContent-Length: {length}\r\n\r\n{contents}");

    stream.write_all(response.as_bytes()).unwrap();
}

fn ask(address: SocketAddr, request_line: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request_line}\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn chapter_main_serves_two_connections_and_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || chapter_main(listener));

    assert!(ask(address, "GET / HTTP/1.1").contains("Hi from Rust"));
    assert!(ask(address, "GET /something-else HTTP/1.1").contains("Oops!"));
    server.join().unwrap();
}
