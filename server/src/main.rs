//! otor.
fn main() {}
