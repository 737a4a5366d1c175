//! The address a server listens on: found before the data is opened, so that a wrong one is told at once.

use super::error::ServeError;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use tokio::net::TcpSocket;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4_096;

/// Listens on an address. Plain HTTP beyond this machine is refused unless it is allowed.
///
/// # Errors
/// [`ServeError::Listen`] or [`ServeError::PlainHttp`].
pub(super) fn bind(listen: &str, is_tls: bool, allow_plain_http: bool) -> Result<TcpListener, ServeError> {
    let addresses = resolve(listen)?;
    let is_private = addresses.iter().all(|address| address.ip().is_loopback());
    if !is_tls && !allow_plain_http && !is_private {
        return Err(ServeError::PlainHttp {
            listen: listen.to_owned(),
        });
    }
    let mut last = None;
    for address in addresses {
        match bind_one(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    Err(refused(
        listen,
        last.map_or_else(|| "no such address".into(), |why| why.to_string()),
    ))
}

fn resolve(listen: &str) -> Result<Vec<SocketAddr>, ServeError> {
    let addresses: Vec<SocketAddr> = listen
        .to_socket_addrs()
        .map_err(|error| {
            refused(
                listen,
                format!("{error}; give an address and a port, such as 127.0.0.1:8340"),
            )
        })?
        .collect();
    Ok(addresses)
}

fn bind_one(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A server that is started again does not wait for the old one's connections to be forgotten. (On Windows
    // the same option would let two servers share the port.)
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

fn refused(listen: &str, why: String) -> ServeError {
    ServeError::Listen {
        listen: listen.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_bind(listen: &str, is_tls: bool, allow: bool) -> Result<TcpListener, ServeError> {
        actix_web::rt::System::new().block_on(async { bind(listen, is_tls, allow) })
    }

    #[test]
    fn plain_http_beyond_this_machine_needs_permission() {
        for listen in ["0.0.0.0:0", "[::]:0"] {
            let refused = try_bind(listen, false, false);
            assert!(matches!(refused, Err(ServeError::PlainHttp { .. })), "{listen}");
        }
        assert!(try_bind("0.0.0.0:0", true, false).is_ok());
        assert!(try_bind("0.0.0.0:0", false, true).is_ok());
        assert!(try_bind("127.0.0.1:0", false, false).is_ok());
    }

    #[test]
    fn a_taken_port_and_a_text_that_is_no_address_are_refused_in_words() {
        let first = try_bind("127.0.0.1:0", false, false).unwrap();
        let taken = first.local_addr().unwrap().to_string();
        for listen in [taken.as_str(), "8340", "127.0.0.1:port", ""] {
            let refused = try_bind(listen, false, false).unwrap_err().to_string();
            assert!(refused.contains(listen) && !refused.contains('\n'), "{refused}");
        }
    }
}
