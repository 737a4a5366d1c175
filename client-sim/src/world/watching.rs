//! Feeds what watches a run: phones whenever frames were applied or a step was taken, the server's commit, who answers
//! for what.

use super::World;
use crate::check::{Checked, Moment};
use crate::in_process::LocalCentre;
use crate::replay::centre::Centre;
use crate::trace::{AdminAct, DeviceAct, StorageFault, What};
use otor_protocol::ids::{Position, RecordId};
use otor_protocol::replica::Incident;
use std::collections::BTreeSet;

impl World {
    /// Looks at what a step of the trace may have changed; `done` says whether it was carried out.
    pub fn look_after(&mut self, step: &What, done: bool) {
        if self.unwatched {
            return;
        }
        match step {
            What::Device { device, act } => {
                if let DeviceAct::Clone(of) = act {
                    self.is_copied(of);
                }
                if matches!(act, DeviceAct::Clone(_) | DeviceAct::Restore(_)) {
                    self.is_copied(device);
                }
                if matches!(act, DeviceAct::Storage(StorageFault::Damaged(_))) && done {
                    self.is_damaged(device);
                }
                self.look_at(device);
            }
            What::Admin(AdminAct::Revoke(revoke)) if done => {
                let now_ms = self.now_ms();
                self.watch.shut_out(&revoke.device, now_ms);
            }
            What::Admin(act)
                if !self.server.is_running()
                    && (act.reshapes() || matches!(act, AdminAct::MoveWorker(_))) =>
            {
                let now_ms = self.now_ms();
                match done {
                    true => self.watch.dies_after_change(now_ms),
                    false => self.watch.dies_over_change(now_ms),
                }
            }
            What::Enrol(enrol) => self.note_areas_of([enrol.worker.clone()].into(), self.now_ms()),
            What::Admin(AdminAct::MoveWorker(moved)) => {
                self.note_areas_of([moved.worker.clone()].into(), self.now_ms());
            }
            What::Admin(act) if act.reshapes() => self.note_areas(),
            What::Server(_) => self.note_areas(),
            _ => {}
        }
        self.look_at_server();
    }

    /// Looks at a phone, and at the server.
    pub fn look_at(&mut self, device: &str) {
        if self.unwatched {
            return;
        }
        self.touched.insert(device.to_owned());
        // One that died over a change runs again as soon as anybody asks it for something.
        if self.server.is_running() && self.watch.is_to_be_asked() {
            self.note_areas();
        }
        let now_ms = self.now_ms();
        if let Some(station) = self.stations.get(device)
            && let Some(replica) = station.phone.replica()
        {
            let phone = Checked {
                name: device,
                worker: &station.phone.worker,
                replica,
            };
            let moment = Moment {
                life: station.phone.life(),
                since_ms: station.begun_ms.min(now_ms),
            };
            self.watch.look(&phone, moment);
        }
        self.explain_unheld(device);
        self.look_at_server();
    }

    /// Where a phone was told of a record that it does not hold, looks whether something was merged into that in a commit of a
    /// number that the phone had read before a backup was used without a word, or whether it had left in what was lost so. The
    /// history it was told in may be lost later.
    fn explain_unheld(&mut self, device: &str) {
        let station = self.stations.get(device);
        let Some(replica) = station.and_then(|station| station.phone.replica()) else {
            return;
        };
        if !self.book.restored_untold() {
            return;
        }
        let number = replica.identity().certificate.device;
        let met = replica.incidents().iter().filter_map(|incident| match incident {
            Incident::NotHeld { record, position } => Some((*record, *position)),
            _ => None,
        });
        let unexplained: Vec<(RecordId, Position)> = met
            .filter(|(record, position)| !self.book.has_passed_over(number, *record, *position))
            .collect();
        if unexplained.is_empty() {
            return;
        }
        // One that does not run is asked when the phone is looked at again.
        let Ok(history) = self.server.history() else {
            return;
        };
        for (record, position) in unexplained {
            let mut before = history
                .commits_of(record)
                .filter(|commit| *commit < position.commit);
            let was_absent = self.book.was_absent(number, record);
            if was_absent || before.any(|commit| self.book.passes_over(number, commit)) {
                self.book.note_passed_over(number, record, position);
            }
        }
    }

    /// A backup with these records was used without a word: notes which of them phones do not hold that had read beyond it.
    pub fn note_absent(&mut self, records: &BTreeSet<RecordId>) {
        for station in self.stations.values() {
            let Some(replica) = station.phone.replica() else {
                continue;
            };
            let number = replica.identity().certificate.device;
            let absent = records.iter().filter(|id| replica.mirrored(**id).is_none());
            self.book.note_absent(number, absent.copied());
        }
    }

    /// Looks at the server, if it runs.
    pub fn look_at_server(&mut self) {
        if let Ok(reader) = self.server.reader() {
            self.watch.look_at_server(reader.published());
        }
    }

    /// An old request of a phone has come to the server.
    pub fn is_repeated(&mut self, device: &str) {
        if let Some(station) = self.stations.get(device)
            && let Some(replica) = station.phone.replica()
        {
            let worker = &station.phone.worker;
            self.watch.is_repeated(&Checked {
                name: device,
                worker,
                replica,
            });
        }
    }

    /// A phone's storage has damaged unsent work: what it lost is not looked for.
    fn is_damaged(&mut self, device: &str) {
        if let Some(station) = self.stations.get(device)
            && let Some(replica) = station.phone.replica()
        {
            let worker = &station.phone.worker;
            self.watch.is_damaged(&Checked {
                name: device,
                worker,
                replica,
            });
        }
    }

    /// A phone is one of several copies now, or came back from a backup.
    fn is_copied(&mut self, device: &str) {
        if let Some(station) = self.stations.get(device)
            && let Some(replica) = station.phone.replica()
        {
            let worker = &station.phone.worker;
            self.watch.is_copied(&Checked {
                name: device,
                worker,
                replica,
            });
        }
    }

    /// Notes what every worker with a phone answers for now.
    fn note_areas(&mut self) {
        let mut from_ms = self.now_ms();
        if self.server.is_running() {
            from_ms = self.watch.is_sure(from_ms);
        }
        let workers = self.stations.values();
        let workers = workers.map(|station| station.phone.worker.clone()).collect();
        self.note_areas_of(workers, from_ms);
    }

    fn note_areas_of(&mut self, workers: BTreeSet<String>, from_ms: i64) {
        let now_ms = self.now_ms();
        for worker in workers {
            let mut centre = LocalCentre {
                server: &mut self.server,
                now_ms,
            };
            // A server that does not run changes nothing.
            if let Ok(areas) = centre.areas_of(&worker) {
                self.watch.answers_for(&worker, &areas, from_ms);
            }
        }
    }
}
