//! The durable foundation: what is acknowledged here survives a power cut.
//!
//! Five parts, each knowing only the ones before it:
//!
//! * [`disk`]: files as the rest sees them, real or simulated;
//! * [`journal`]: the append-only log of entries, the truth;
//! * [`table`]: an ordered map on disk, which may be lost or damaged at any time;
//! * [`engine`]: folds the journal into the table, and repairs the table from the journal;
//! * [`backup`]: copies the journal elsewhere, and back.
//!
//! Nothing here knows what a record is: an entry is bytes, and a [`engine::Fold`] given from above says what
//! an entry does to the ordered state.

pub mod backup;
pub mod disk;
pub mod engine;
pub mod journal;
pub mod table;
