//! Where a server is.

use hyper::Uri;
use rustls::pki_types::ServerName;

/// A text that is no address of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the address of a server, such as http://127.0.0.1:8340 or https://otor.example:8340")]
pub struct BadTarget(String);

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    encrypted: bool,
    host: String,
    port: u16,
    authority: String,
}

impl Target {
    /// Reads `http://host:port` or `https://host:port`; the port may be left out, nothing may follow but `/`.
    ///
    /// # Errors
    /// [`BadTarget`] for anything else.
    pub fn parse(url: &str) -> Result<Self, BadTarget> {
        let bad = || BadTarget(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| bad())?;
        let (encrypted, usual_port) = match uri.scheme_str() {
            Some("http") => (false, 80),
            Some("https") => (true, 443),
            _ => return Err(bad()),
        };
        let authority = uri.authority().ok_or_else(bad)?;
        let plain = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        if !plain || authority.as_str().contains('@') {
            return Err(bad());
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str() == authority.host() => usual_port,
            None => return Err(bad()),
        };
        let named = ServerName::try_from(host.clone()).is_ok();
        let target = Self {
            encrypted,
            host,
            port,
            authority: authority.to_string(),
        };
        if named { Ok(target) } else { Err(bad()) }
    }

    /// Whether it is spoken to over TLS.
    pub fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// Name or number of the machine, and the port.
    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// What stands in the `host` header.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let target = Target::parse("http://127.0.0.1:8340").unwrap();
        assert_eq!(
            (target.encrypted(), target.address()),
            (false, ("127.0.0.1", 8340))
        );
        assert_eq!(target.authority(), "127.0.0.1:8340");
        let target = Target::parse("https://otor.example/").unwrap();
        assert_eq!(
            (target.encrypted(), target.address()),
            (true, ("otor.example", 443))
        );
        let target = Target::parse("http://[::1]:9").unwrap();
        assert_eq!((target.address(), target.authority()), (("::1", 9), "[::1]:9"));
    }

    #[test]
    fn anything_else_is_refused() {
        for url in [
            "",
            "127.0.0.1:8340",
            "ftp://a",
            "http://",
            "http://a/b",
            "http://a:99999",
            "http://u@a",
            "http://a/?q",
        ] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }
}
