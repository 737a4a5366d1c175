//! The engine over a toy fold, in ordinary use and through every crash.

mod chunks;
mod crashes;
mod damage;
mod ledger;
mod ordinary;
mod ranges;
mod sled_folder;
mod threads;
mod window;
