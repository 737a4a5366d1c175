//! Services: what the server does for phones and administrators, over views of the state.

pub mod sync;
