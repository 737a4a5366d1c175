//! What end to end tests share: a real server as a process, its administration, phones over real HTTP.

pub mod administration;
mod faulty;
pub mod merged;
pub mod mounts;
pub mod patience;
pub mod phones;
pub mod plain;
pub mod process;
pub mod wiretap;

pub use administration::Administration;
pub use merged::Merged;
pub use patience::wait_for;
pub use phones::FieldPhone;
pub use plain::PlainPhone;
pub use process::{RealServer, otor, otor_sim, printed, stderr};

/// Three grids in two villages, and six workers of whom three share the first grid, two the second.
pub const GRIDS: [&str; 3] = ["150821100201001", "150821100201002", "150821100202001"];

/// The areas each worker answers for.
pub const WORKERS: [(&str, &[&str]); 6] = [
    ("w0", &[GRIDS[0]]),
    ("w1", &[GRIDS[0]]),
    ("w2", &[GRIDS[1]]),
    ("w3", &[GRIDS[1], GRIDS[2]]),
    ("w4", &[GRIDS[2]]),
    ("w5", &[GRIDS[0], GRIDS[2]]),
];

/// Brings [`GRIDS`] and [`WORKERS`] to a server.
pub fn found_county(administration: &Administration) {
    let areas: String = GRIDS
        .iter()
        .map(|grid| format!("{grid},grid {grid},grid\n"))
        .collect();
    administration.import("areas/import", &format!("code,name,level\n{areas}"));
    let workers: String = WORKERS
        .iter()
        .map(|(worker, areas)| format!("{worker},worker {worker},{}\n", areas.join(";")))
        .collect();
    administration.import("workers/import", &format!("code,name,areas\n{workers}"));
}
