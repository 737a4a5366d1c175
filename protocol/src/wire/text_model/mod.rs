//! Texts in few bytes: each character is told as its share of what has followed the one before it so far, or of
//! all that have come so far, or outright. Han text has too many characters for a byte-wise packer to learn
//! from a few kilobytes.

mod alphabet;
mod coder;
mod model;
#[cfg(test)]
mod tests;

pub(super) use model::Model;
