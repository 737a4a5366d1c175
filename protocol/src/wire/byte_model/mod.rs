//! Bytes in few bytes: each bit is told by how often it came in like places. What the places of a batch are alike in
//! is known from its layout; of any other payload, what came just before.

mod model;
mod number;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use model::Model;
pub(super) use walk::tell;
