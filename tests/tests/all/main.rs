//! End to end tests: stories in process under virtual time, and the real binaries.

mod chaos;
mod county;
mod house;
mod stories;
