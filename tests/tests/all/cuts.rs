//! Cuts: the standard exchange cut anywhere, any number of times, loses nothing, doubles nothing, and ends.

mod again;
mod every_offset;
mod link;
mod proxies;
mod standard;
mod torture;
mod urgent;
