//! Running a server on a data folder: opening, first start, listening, and an orderly end.

mod backup;
mod clock;
mod erasures;
mod error;
mod first_start;
mod identity;
mod learning;
mod listener;
mod logging;
mod open_files;
mod request_log;
mod room;
mod salvage;
mod scheduling;
mod serve;
mod shutdown;
mod store;
mod tls;
mod trimming;

pub use backup::{back_up, restore};
pub use clock::{be_at, now_ms};
pub use error::ServeError;
pub use identity::{IDENTITY_FILE, IdentityError};
pub use salvage::{Salvaged, salvage_into};
pub use serve::{reset_token, restored, serve, start_logging};
pub use store::{StoreFolder, TABLE_FOLDER};
