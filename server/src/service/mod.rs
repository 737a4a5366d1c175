//! Services: what the server does for phones and administrators, over views of the state.

pub mod acts;
pub mod attempts;
pub mod clock;
pub mod devices;
pub mod dictionaries;
pub mod directory;
pub mod due;
pub mod export;
pub mod guesses;
pub mod held;
pub mod import;
pub mod keyring;
pub mod learn;
pub mod norms;
pub mod place;
pub mod presence;
pub mod pull;
pub mod receipts;
pub mod records;
pub mod row;
pub mod shelf;
pub mod stats;
pub mod status;
pub mod surveys;
pub mod sync;
pub mod time;
pub mod wording;

pub use crate::decide::admin::ViewNames;
