//! Inputs for the fuzz tests, made of the corpus and of pieces of requests.

use crate::support::random::Random;
use std::path::Path;

/// Returns the files of `tests/http/corpus`, in the order of their names.
pub(crate) fn corpus() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/corpus");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut corpus: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "http"))
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    corpus.sort();
    corpus
}

const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b"\"",
    b"0\r\n\r\n",
    b"0\r\n",
    b"1\r\na\r\n",
    b"\0",
    b"\xff",
    b"GET ",
    b"HEAD ",
    b"POST ",
    b"/",
    b"/sleep",
    b"/nope",
    b"*",
    b"http://a",
    b"?",
    b"#",
    b" HTTP/1.1",
    b" HTTP/1.0",
    b" HTTP/2.0",
    b"Host: a\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"Content-Length: ",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip\r\n",
    b"Expect: 100-continue\r\n",
    b"Expect: a\r\n",
    b"If-None-Match: *\r\n",
    b"If-Match: \"\"\r\n",
    b"99999999999999999999",
    b"-1",
    b"5;x\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD /nope HTTP/1.1\r\nHost: a\r\n\r\n",
];

/// Returns an entry of the corpus with a few mutations, or sometimes another input.
pub(crate) fn input(random: &mut Random, corpus: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = match random.below(20) {
        0 => (0..random.below(80)).map(|_| random.below(256) as u8).collect(),
        1 => (0..random.below(20)).flat_map(|_| random.pick(PIECES).iter().copied()).collect(),
        2 => requests(random).0,
        // Too long in one place or another.
        3 => {
            let mut bytes = corpus[random.below(corpus.len())].1.clone();
            let at = random.below(bytes.len());
            let filling =
                vec![*b"a \r\n0;:/\xff".get(random.below(9)).unwrap(); random.below(20_000)];
            bytes.splice(at..at, filling);
            bytes
        }
        _ => corpus[random.below(corpus.len())].1.clone(),
    };
    for _ in 0..random.below(5) {
        let at = random.below(bytes.len());
        let end = (at + random.below(8)).min(bytes.len());
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => {
                let other = &corpus[random.below(corpus.len())].1;
                let from = random.below(other.len());
                bytes.splice(at..end, other[from..].iter().copied());
            }
            _ => drop(bytes.splice(at..at, random.pick(PIECES).iter().copied())),
        }
    }
    bytes
}

/// Returns valid requests with bodies that look like requests, and the path of each.
pub(crate) fn requests(random: &mut Random) -> (Vec<u8>, Vec<String>) {
    let mut bytes = Vec::new();
    let mut paths = Vec::new();
    for number in 0..1 + random.below(6) {
        let path = format!("/{number}");
        let method: &str = random.pick(&["GET", "HEAD"]);
        bytes.extend_from_slice(random.pick(&["", "", "", "\r\n", "\r\n\r\n"]).as_bytes());
        bytes.extend_from_slice(format!("{method} {path}?q HTTP/1.1\r\nHost: a\r\n").as_bytes());
        for _ in 0..random.below(4) {
            let field: &str = random.pick(&[
                "X: y",
                "Accept:*/*",
                "Connection: x",
                "Content_Length: 7",
                "Y:",
                "Z: \t z ",
            ]);
            bytes.extend_from_slice(format!("{field}\r\n").as_bytes());
        }
        let body: Vec<u8> =
            (0..random.below(9)).flat_map(|_| random.pick(PIECES).iter().copied()).collect();
        match random.below(3) {
            0 => bytes.extend_from_slice(b"\r\n"),
            1 => {
                bytes.extend_from_slice(
                    format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes(),
                );
                bytes.extend_from_slice(&body);
            }
            _ => {
                bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                chunks(random, &body, &mut bytes);
            }
        }
        paths.push(path);
    }
    (bytes, paths)
}

fn chunks(random: &mut Random, mut body: &[u8], out: &mut Vec<u8>) {
    while !body.is_empty() {
        let (chunk, rest) = body.split_at(1 + random.below(body.len()));
        let extension: &str =
            random.pick(&["", "", ";a", " ;a=b", ";a=\"GET / HTTP/1.1\"", "\t; a =\t\"\\\"\""]);
        let size = if random.below(2) == 0 {
            format!("{:x}", chunk.len())
        } else {
            format!("{:05X}", chunk.len())
        };
        out.extend_from_slice(format!("{size}{extension}\r\n").as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
        body = rest;
    }
    let last: &str = random.pick(&[
        "0\r\n\r\n",
        "000\r\n\r\n",
        "0;a\r\nX: y\r\nContent-Length: 3\r\n\r\n",
        "0\r\nX:\r\n\r\n",
    ]);
    out.extend_from_slice(last.as_bytes());
}
