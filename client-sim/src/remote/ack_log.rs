//! A file of every acknowledgement that phones received, for a harness that cuts a server's power and looks
//! afterwards what of it is there.

use crate::device::AckListener;
use otor_protocol::ids::ActorId;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The file, shared by all phones of a run. A line an acknowledgement: milliseconds since the Unix epoch by this
/// machine's clock, the actor, the seq up to which it is acknowledged.
#[derive(Debug)]
pub struct AckLog(Mutex<File>);

impl AckLog {
    /// Goes on with the file of this path, or makes it.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(AckLog(Mutex::new(file)))
    }
}

impl AckListener for AckLog {
    /// When this returns, the line is in the operating system's hands: it outlives this process, however that ends.
    fn acknowledged(&self, actor: ActorId, through: u64) -> Result<(), String> {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let line = format!("{now_ms} {} {through}\n", actor.0);
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_acknowledgement_is_a_line_and_a_further_run_goes_on_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acks");
        AckLog::open(&path).unwrap().acknowledged(ActorId(18), 4).unwrap();
        AckLog::open(&path).unwrap().acknowledged(ActorId(19), 7).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let told: Vec<_> = text.lines().filter_map(|line| line.split_once(' ')).collect();
        let acks: Vec<_> = told.iter().map(|(_, ack)| *ack).collect();
        assert_eq!(acks, ["18 4", "19 7"]);
        assert!(
            told.iter()
                .all(|(ms, _)| ms.parse::<u64>().is_ok_and(|ms| ms > 1_700_000_000_000))
        );
    }
}
