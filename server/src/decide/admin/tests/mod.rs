//! The administrative acts, over a server in memory.

mod areas;
mod bringing;
mod catalogues;
mod copies;
mod devices;
mod once;
mod people;
mod quarantine;
mod records;
mod reshape;
mod tasks;
