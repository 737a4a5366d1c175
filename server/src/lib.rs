//! Otor server.
