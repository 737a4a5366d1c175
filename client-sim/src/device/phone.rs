//! A phone and what may happen to it: it is enrolled, restarts, crashes, boots anew, comes back from a backup.

use otor_protocol::catalogue::Catalogue;
use otor_protocol::replica::{DeviceClock, OpenError, Replica};
use otor_protocol::sync::retry::Retry;
use otor_protocol::wire::EnrolReply;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

use super::acks::AckListener;
use super::clock::PhoneClock;
use super::repeats::Repeats;
use super::statistics::Statistics;
use super::storage::{PhoneStorage, Snapshot, StorageError};

/// Why a phone cannot do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// It has not been enrolled, or its process does not run.
    #[error("phone {0:?} is not running")]
    NotRunning(String),
    /// Its storage failed.
    #[error("phone {name:?}: {fault}")]
    Storage {
        /// The phone.
        name: String,
        /// What failed.
        fault: StorageError,
    },
    /// What is stored cannot be opened.
    #[error("phone {name:?}: {fault}")]
    Open {
        /// The phone.
        name: String,
        /// Why not.
        fault: OpenError<StorageError>,
    },
}

/// The app's process and what it holds.
enum Process {
    NotEnrolled,
    Running(Box<Replica<PhoneStorage>>),
    Closed(PhoneStorage),
}

/// A simulated phone.
pub struct Phone {
    /// The trace's name for it.
    pub name: String,
    /// The trace's name for its owner.
    pub worker: String,
    /// Its clocks.
    pub clock: PhoneClock,
    /// What its synchronising has cost so far.
    pub statistics: Statistics,
    /// SHA-256 of the public key of the server's TLS certificate, learnt at enrolment; none without TLS.
    pub server_pin: Option<[u8; 32]>,
    /// Whether its link is good enough to fetch a dictionary over.
    pub on_good_link: bool,
    /// Hears of each acknowledgement that it receives.
    pub ack_listener: Option<Arc<dyn AckListener>>,
    /// The catalogue of its app.
    catalogue: Catalogue,
    process: Process,
    /// Counts the starts of the process, so that an exchange of an earlier one is known as such.
    life: u64,
    pub(super) rng: ChaCha8Rng,
    pub(super) retry: Retry,
    pub(super) asks_first: bool,
    pub(super) repeats: Repeats,
}

impl Phone {
    /// A phone that has not been enrolled yet. Its nonces, its jitter and what a crash loses follow from
    /// `seed` and its name.
    pub fn new(name: &str, worker: &str, clock: PhoneClock, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            worker: worker.to_owned(),
            clock,
            statistics: Statistics::default(),
            server_pin: None,
            on_good_link: false,
            ack_listener: None,
            catalogue: Catalogue::built_in(),
            process: Process::NotEnrolled,
            life: 0,
            rng: rng_of(name, seed),
            retry: Retry::default(),
            asks_first: false,
            repeats: Repeats::default(),
        }
    }

    /// A secret for enrolment, drawn from the phone's seed.
    pub fn fresh_secret(&mut self) -> [u8; 32] {
        self.rng.random()
    }

    /// Begins the replica with what the server answered to the enrolment under `secret`.
    ///
    /// # Errors
    /// [`PhoneError::Storage`]; the phone is not enrolled then.
    pub fn enrol(&mut self, secret: [u8; 32], reply: EnrolReply) -> Result<(), PhoneError> {
        let replica =
            Replica::enrol(PhoneStorage::default(), secret, reply).map_err(|fault| PhoneError::Storage {
                name: self.name.clone(),
                fault,
            })?;
        self.run(replica);
        Ok(())
    }

    /// The replica, while the process runs.
    pub fn replica(&self) -> Option<&Replica<PhoneStorage>> {
        match &self.process {
            Process::Running(replica) => Some(replica),
            Process::NotEnrolled | Process::Closed(_) => None,
        }
    }

    /// The server could not read the last request.
    pub fn was_not_understood(&mut self) {
        if let Some(replica) = self.replica_mut() {
            replica.speak_plainly(true);
        }
    }

    /// The replica, to write into.
    pub fn replica_mut(&mut self) -> Option<&mut Replica<PhoneStorage>> {
        match &mut self.process {
            Process::Running(replica) => Some(replica),
            Process::NotEnrolled | Process::Closed(_) => None,
        }
    }

    /// What the worker needs to write at the true time `now_ms`: the replica and what the clocks show.
    ///
    /// # Errors
    /// [`PhoneError::NotRunning`].
    pub fn desk(&mut self, now_ms: i64) -> Result<(&mut Replica<PhoneStorage>, DeviceClock), PhoneError> {
        let clock = self.clock.reading(now_ms);
        match &mut self.process {
            Process::Running(replica) => Ok((replica, clock)),
            _ => Err(PhoneError::NotRunning(self.name.clone())),
        }
    }

    /// How many times the process has started.
    pub fn life(&self) -> u64 {
        self.life
    }

    /// Own ops that are not acknowledged; none while the process does not run.
    pub fn unsent(&self) -> Option<usize> {
        self.replica().map(Replica::unsent)
    }

    /// Closes the process in good order. Does nothing if it does not run.
    pub fn stop(&mut self) {
        self.process = match std::mem::replace(&mut self.process, Process::NotEnrolled) {
            Process::Running(replica) => Process::Closed(replica.into_storage()),
            other => other,
        };
    }

    /// Starts the process from what is stored. Does nothing if it runs already.
    ///
    /// # Errors
    /// [`PhoneError::NotRunning`] if the phone has not been enrolled; [`PhoneError::Open`].
    pub fn start(&mut self) -> Result<(), PhoneError> {
        let storage = match &mut self.process {
            Process::Running(_) => return Ok(()),
            Process::NotEnrolled => return Err(PhoneError::NotRunning(self.name.clone())),
            Process::Closed(storage) => storage,
        };
        let mut opened = Replica::open(storage.clone());
        if matches!(opened, Err(OpenError::Storage(_))) {
            // Its worker opens it once more, and the storage does what it is told.
            storage.pass_fault();
            opened = Replica::open(storage.clone());
        }
        let replica = opened.map_err(|fault| PhoneError::Open {
            name: self.name.clone(),
            fault,
        })?;
        self.run(replica);
        Ok(())
    }

    /// Its app becomes one with another catalogue.
    pub fn use_catalogue(&mut self, catalogue: Catalogue) {
        self.catalogue = catalogue.clone();
        if let Some(replica) = self.replica_mut() {
            replica.use_catalogue(catalogue);
        }
    }

    fn run(&mut self, mut replica: Replica<PhoneStorage>) {
        replica.use_catalogue(self.catalogue.clone());
        self.process = Process::Running(Box::new(replica));
        self.life += 1;
        self.retry = Retry::default();
    }

    /// The process ends in good order and starts again.
    ///
    /// # Errors
    /// As [`Phone::start`].
    pub fn restart(&mut self) -> Result<(), PhoneError> {
        self.stop();
        self.start()
    }

    /// The process dies: of what its storage has not made durable, some batches from the end are lost, as the
    /// phone's seed has it. It does not run until started. Answers how many batches were lost.
    pub fn crash(&mut self) -> usize {
        self.stop();
        let Process::Closed(storage) = &mut self.process else {
            return 0;
        };
        let keep = self.rng.random_range(0..=storage.unsynced_batches());
        storage.crash(keep)
    }

    /// As [`Phone::crash`], but exactly the first `keep` batches that were not durable survive.
    pub fn crash_keeping(&mut self, keep: usize) -> usize {
        self.stop();
        let Process::Closed(storage) = &mut self.process else {
            return 0;
        };
        storage.crash(keep)
    }

    /// The phone boots anew at the true time `now_ms` and the process starts.
    ///
    /// # Errors
    /// As [`Phone::start`].
    pub fn reboot(&mut self, now_ms: i64) -> Result<(), PhoneError> {
        self.stop();
        self.clock.reboot(now_ms);
        self.start()
    }

    /// A backup of what is stored; none if the phone has not been enrolled.
    pub fn snapshot(&mut self) -> Option<Snapshot> {
        self.storage_mut().map(|storage| storage.snapshot())
    }

    /// Comes back from a backup: everything stored since is gone.
    ///
    /// # Errors
    /// [`PhoneError::Open`].
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), PhoneError> {
        self.process = Process::Closed(PhoneStorage::from_snapshot(snapshot));
        self.start()
    }

    /// The server does not know the phone. Whether it has something to show the server that it had not shown.
    pub fn note_unknown(&mut self) -> bool {
        self.replica_mut().is_some_and(Replica::note_unknown)
    }

    /// Another phone with the storage and the clock of this one, and a random stream of its own.
    ///
    /// # Errors
    /// [`PhoneError::NotRunning`] if this one has not been enrolled; [`PhoneError::Open`].
    pub fn cloned_as(&mut self, name: &str, seed: u64) -> Result<Self, PhoneError> {
        let snapshot = self
            .snapshot()
            .ok_or_else(|| PhoneError::NotRunning(self.name.clone()))?;
        let mut clone = Phone::new(name, &self.worker, self.clock, seed);
        clone.server_pin = self.server_pin;
        clone.catalogue = self.catalogue.clone();
        clone.restore(&snapshot)?;
        Ok(clone)
    }

    /// The storage, to make it fail; none if the phone has not been enrolled.
    pub fn storage_mut(&mut self) -> Option<&mut PhoneStorage> {
        match &mut self.process {
            Process::NotEnrolled => None,
            Process::Running(replica) => Some(replica.storage_mut()),
            Process::Closed(storage) => Some(storage),
        }
    }

    /// Notes an attempt for which no connection came about in `took_us` of virtual time.
    pub fn note_no_connection(&mut self, took_us: u64) {
        self.statistics.virtual_ms += took_us / 1_000;
    }
}

/// The random stream of the phone called `name` under `seed`.
fn rng_of(name: &str, seed: u64) -> ChaCha8Rng {
    use sha2::{Digest, Sha256};
    let digest = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(name)
        .finalize();
    ChaCha8Rng::from_seed(digest.into())
}

#[cfg(test)]
mod tests;
