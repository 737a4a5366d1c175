//! A relay before a server that keeps every byte that passes, connection by connection.

use super::patience::wait_for;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What passed on one connection.
#[derive(Clone, Debug, Default)]
pub struct Crossed {
    /// To the server.
    pub up: Vec<u8>,
    /// To the phone.
    pub down: Vec<u8>,
    /// How many of its two directions have ended.
    ended: u8,
}

type Log = Arc<Mutex<Vec<Crossed>>>;

/// The relay. It relays as long as the test runs.
pub struct Wiretap {
    url: String,
    log: Log,
}

impl Wiretap {
    /// A relay before the server at `url`, on a free port.
    pub fn before(url: &str) -> Self {
        let address = url.strip_prefix("http://").expect("plain HTTP");
        let server: SocketAddr = address.parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let log = Log::default();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for phone in listener.incoming().map_while(Result::ok) {
                relay(phone, server, &kept);
            }
        });
        Wiretap { url, log }
    }

    /// Its address, to be taken for the server's.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What stands in the `host` header of a request to it.
    pub fn authority(&self) -> &str {
        self.url.strip_prefix("http://").unwrap_or_default()
    }

    /// The connections since this was last asked, once each of them has ended.
    pub fn take(&self) -> Vec<Crossed> {
        wait_for("the end of every connection", || {
            let mut log = lock(&self.log);
            log.iter()
                .all(|crossed| crossed.ended == 2)
                .then(|| std::mem::take(&mut *log))
        })
    }
}

fn lock(log: &Log) -> MutexGuard<'_, Vec<Crossed>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Relays one connection in both directions.
fn relay(phone: TcpStream, server: SocketAddr, log: &Log) {
    let place = {
        let mut log = lock(log);
        log.push(Crossed::default());
        log.len() - 1
    };
    let server = TcpStream::connect(server).expect("the server listens");
    let (to_phone, to_server) = (
        phone.try_clone().expect("a second handle"),
        server.try_clone().expect("a second handle"),
    );
    copy(phone, to_server, log, place, |crossed| &mut crossed.up);
    copy(server, to_phone, log, place, |crossed| &mut crossed.down);
}

/// Copies what comes from one side to the other until it ends, keeping it first.
fn copy(
    mut from: TcpStream,
    mut to: TcpStream,
    log: &Log,
    place: usize,
    kept: fn(&mut Crossed) -> &mut Vec<u8>,
) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            kept(&mut lock(&log)[place]).extend_from_slice(&buffer[..count]);
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        // The other side may be gone already.
        let _ = to.shutdown(Shutdown::Write);
        lock(&log)[place].ended += 1;
    });
}
