//! Bytes in few bytes: each bit is told by how often it came in like places. What the places of a batch are alike in
//! is known from its layout; of any other payload, what came just before.

mod likelihood;
mod places;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use places::Places as Model;
pub(super) use walk::tell;
