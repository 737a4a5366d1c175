//! otor-sim.
fn main() {}
