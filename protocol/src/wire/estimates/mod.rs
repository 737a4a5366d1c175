//! How likely a bit is, by how often ones came in like places: several estimates, weighed by how right they were.

mod likelihood;
mod places;

pub(super) use likelihood::ESTIMATES;
pub(super) use places::{Places, mix};
