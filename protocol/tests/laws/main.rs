//! The laws of the protocol crate, by property test and by example.

mod bounds;
mod canonical;
mod catalogue;
mod catalogue_bounds;
mod delivery;
mod history;
mod messages;
mod records;
mod values;
mod wire;
