//! The Otor server: phones on intermittent links in, merged records out. One binary, embedded storage.
//!
//! Dependencies point one way: `http → service → {commit, decide, state, store} → protocol`.

pub mod cli;
pub mod commit;
pub mod decide;
pub mod http;
pub mod run;
pub mod service;
pub mod settings;
pub mod state;
pub mod store;
pub mod words;

#[cfg(test)]
mod test_server;
