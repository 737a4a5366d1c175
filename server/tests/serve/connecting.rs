//! Many connections at once.

use crate::process::{Server, limited, serve};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// As a shell or a service manager leaves it, who may have few open and may raise that.
const OPEN_FILES: usize = 64;

#[test]
fn more_connections_are_open_than_the_process_was_given_files() {
    let folder = tempfile::tempdir().unwrap();
    let few = limited(
        &format!("ulimit -S -n {OPEN_FILES}"),
        &serve(&folder.path().join("data")),
    );
    let server = Server::of(few);
    let address = server.url.strip_prefix("http://").unwrap();
    let begun = |_| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\n").unwrap();
        stream
    };
    // Each is waited for, for a minute.
    let mut streams: Vec<TcpStream> = (0..2 * OPEN_FILES).map(begun).collect();
    let last = streams.last_mut().unwrap();
    last.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    last.write_all(b"\r\n").unwrap();
    let mut status = [0; 12];
    last.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
}
