//! Texts in few bytes: each character is told as the one that came when the four before it came last, or as its share
//! of what has followed the two before it so far, or the one, or of all that have come, or outright. Han text has too
//! many characters for a byte-wise packer to learn from a few kilobytes.

mod alphabet;
mod choices;
mod contexts;
mod digits;
mod guess;
mod model;
mod open;
#[cfg(test)]
mod tests;

pub(super) use model::Model;
