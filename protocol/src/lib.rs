//! Otor protocol.
