//! Learning a compression dictionary from the deployment's own records: language that many workers in many grids
//! have in common, and nothing of what one of them wrote.
//!
//! Almost every text of a record is personal: it can hold a name, and an administrator may have to erase it. A
//! dictionary cannot be erased, and it goes to every phone. So it holds no text of anybody, only fragments that
//! at least [`AUTHORS_MIN`] persons wrote, each for themselves, in records of at least [`GRIDS_MIN`] grids:
//!
//! - [`passages`]: only notes and reports are read, as they stand now: what is erased does not count, and places,
//!   telephone numbers, codes and everything about households is not looked at.
//! - [`runs`]: digits (in whatever script), Latin letters and numbers in words part a text; so do the names of
//!   all persons and areas that the server knows, however many people wrote them.
//! - [`fragments`]: what is left counts by persons and grids, not by how often it stands there.
//! - [`text`]: the fragments that spare most become the dictionary's text.
//!
//! The two bounds are constants: a setting could be lowered.

pub mod fragments;
pub mod passages;
pub mod runs;
#[cfg(test)]
mod tests;
pub mod text;

/// Fewest persons that must have written a fragment.
pub const AUTHORS_MIN: usize = 20;
/// Fewest grids in whose records it must stand.
pub const GRIDS_MIN: usize = 10;
