//! Tests of the transport against a small server on a real socket.

mod exchanges;
mod streams;
mod tls;
