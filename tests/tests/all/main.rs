//! End to end tests: stories in process under virtual time, and the real binaries.

mod bytes;
mod chaos;
mod clocks;
mod conflicts;
mod county;
mod cuts;
mod demo;
mod disk_loss;
mod faulty_phone;
mod field;
mod harness;
mod house;
mod kept_apart;
mod kept_aside;
mod kill9;
mod live;
mod many_waiting;
mod moves;
mod proof;
mod protocol_document;
mod pull;
mod real_stories;
mod replies;
mod stories;
mod tls;
