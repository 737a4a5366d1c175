//! What has to be watched while a run goes on: a small observer each, fed as frames are applied and steps taken.

use super::Checked;
use super::confined::Confined;
use super::cursors::Cursors;
use super::meant::Meant;
use super::order::Order;
use super::retold::Retold;
use super::unseen::Unseen;
use super::unsent::Unsent;
use crate::model::History;
use crate::replay::centre::Row;
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{DeviceId, RecordId};
use otor_protocol::replica::{Recovery, Storage};
use std::collections::{BTreeMap, BTreeSet};

/// Most lines that are kept: what follows the first few seldom tells more.
const LINES_MAX: usize = 20;

/// When a phone was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// How often the phone's process has started.
    pub life: u64,
    /// When the exchange began that brought what is new, milliseconds since the Unix epoch.
    pub since_ms: i64,
}

/// Everything that watches a run.
#[derive(Debug, Default)]
pub struct Watch {
    cursors: Cursors,
    unsent: Unsent,
    confined: Confined,
    order: Order,
    meant: Meant,
    retold: Retold,
    unseen: Unseen,
    copied: BTreeSet<DeviceId>,
    /// Phones of which an old request came again.
    repeated: BTreeSet<DeviceId>,
    was_restored: bool,
    published: u64,
    passed_ms: Option<i64>,
    found: Vec<String>,
}

impl Watch {
    /// Looks at a phone: after a step on it, and whenever frames were applied.
    pub fn look<S: Storage>(&mut self, phone: &Checked<S>, moment: Moment) {
        let mut found = self.cursors.look(phone, moment.life);
        let device = phone.replica.identity().certificate.device;
        found.extend(self.unsent.look(phone, self.may_be_a_copy(device)));
        found.extend(self.confined.look(phone, moment.since_ms));
        // An old request that comes late to a restored server is judged anew: nobody knows then what it was told.
        let is_judged_anew = self.was_restored && self.repeated.contains(&device);
        if !self.copied.contains(&device) && !is_judged_anew {
            found.extend(self.retold.look(phone));
        }
        self.order.look(phone);
        self.meant.look(phone);
        self.unseen.look(phone, moment.life, moment.since_ms);
        self.note(found);
    }

    /// Looks at the server: the commit it shows. What it has shown it never shows no more.
    pub fn look_at_server(&mut self, published: u64) {
        if published < self.published {
            let line = format!(
                "the server showed commit {}, and has only {published}",
                self.published
            );
            self.note([line]);
        }
        self.published = published;
    }

    /// A phone has become one of several copies, or came back from a backup. What it wrote since is not looked for.
    pub fn is_copied<S: Storage>(&mut self, phone: &Checked<S>) {
        let certificate = &phone.replica.identity().certificate;
        self.copied.insert(certificate.device);
        self.meant.is_copied(certificate.owner);
        self.meant.look_again(phone.name);
        self.cursors.forget(phone.name);
        self.unsent.forget(phone.name);
        self.confined.begin_anew(phone);
        self.order.begin_anew(phone);
        self.retold.forget(phone.name);
        self.unseen.forget(phone.name);
    }

    /// A phone's storage has damaged unsent work, which is lost with it.
    pub fn is_damaged<S: Storage>(&mut self, phone: &Checked<S>) {
        self.cursors.forget(phone.name);
        self.unsent.forget(phone.name);
        self.order.begin_anew(phone);
        self.meant.look_again(phone.name);
        self.retold.forget(phone.name);
        self.unseen.forget(phone.name);
    }

    /// An old request of a phone came to the server again, or late. A server that was started since cannot know that it
    /// is old, and takes the phone for a copy.
    pub fn is_repeated<S: Storage>(&mut self, phone: &Checked<S>) {
        self.repeated.insert(phone.replica.identity().certificate.device);
    }

    fn may_be_a_copy(&self, device: DeviceId) -> bool {
        self.copied.contains(&device) || self.repeated.contains(&device)
    }

    /// The server came back from a backup.
    pub fn server_restored(&mut self) {
        self.was_restored = true;
        self.confined.server_restored();
        self.published = 0;
    }

    /// How far each phone has read, of those that have read beyond a commit.
    pub fn read_beyond(&self, commit: u64) -> BTreeMap<DeviceId, u64> {
        self.cursors.beyond(commit)
    }

    /// And nobody said so: the backup has these records.
    pub fn restored_untold(&mut self, records: &BTreeSet<RecordId>) {
        self.meant.restored_untold(records);
    }

    /// Whether it came back from a backup.
    pub fn was_restored(&self) -> bool {
        self.was_restored
    }

    /// The server has looked at everything that has passed by a time, milliseconds since the Unix epoch.
    pub fn has_passed(&mut self, through_ms: i64) {
        self.passed_ms = Some(through_ms);
    }

    /// Until when it has.
    pub fn passed_ms(&self) -> Option<i64> {
        self.passed_ms
    }

    /// From a time on, milliseconds since the Unix epoch, a worker answers for these areas.
    pub fn answers_for(&mut self, worker: &str, areas: &[AreaCode], from_ms: i64) {
        self.confined.answers_for(worker, areas, from_ms);
    }

    /// The server died over a change of who answers for what, at a time in milliseconds since the Unix epoch.
    pub fn dies_over_change(&mut self, at_ms: i64) {
        self.confined.dies_over_change(at_ms);
    }

    /// The server died as soon as it had made such a change.
    pub fn dies_after_change(&mut self, at_ms: i64) {
        self.confined.dies_after_change(at_ms);
    }

    /// Whether it is to be asked who answers for what, as soon as the server runs.
    pub fn is_to_be_asked(&self) -> bool {
        self.confined.is_to_be_asked()
    }

    /// It runs again, and tells what is so. Since when that is so.
    pub fn is_sure(&mut self, at_ms: i64) -> i64 {
        self.confined.is_sure(at_ms)
    }

    /// A phone was revoked at a time, milliseconds since the Unix epoch.
    pub fn shut_out(&mut self, phone: &str, at_ms: i64) {
        self.confined.shut_out(phone, at_ms);
    }

    /// Whether a phone of a worker has held a record.
    pub fn has_held(&self, worker: &str, record: RecordId) -> bool {
        self.confined.has_held(worker, record)
    }

    /// Whether a worker answered for an area at a time, milliseconds since the Unix epoch, as far as that was watched.
    pub fn answered_at(&self, worker: &str, area: &AreaCode, at_ms: i64) -> Option<bool> {
        // A restored server forgets what workers answered for meanwhile.
        let known = self.confined.answered_at(worker, area, at_ms);
        known.filter(|_| !self.was_restored)
    }

    /// Edits that are marked as in conflict without a reason, a line each.
    pub fn unfounded(&self, history: &History) -> Vec<String> {
        self.unseen.unfounded(history)
    }

    /// Where the order of stamps is not that of writing, a line each.
    pub fn disorder(&self, history: &History) -> Vec<String> {
        self.order.disorder(history)
    }

    /// What stands in another record than its author saw, a line each.
    pub fn astray(&self, history: &History, rows: &BTreeMap<RecordId, Row>) -> Vec<String> {
        self.meant.astray(history, rows, self.was_restored)
    }

    /// Phones that took themselves for copies and were none, or met another history of a server that has but one.
    pub fn mistaken<S: Storage>(&self, phones: &[Checked<S>]) -> Vec<String> {
        let mut found = Vec::new();
        for phone in phones.iter().filter(|_| !self.was_restored) {
            let device = phone.replica.identity().certificate.device;
            for recovery in phone.replica.recoveries() {
                match recovery {
                    Recovery::Copy { .. } if !self.may_be_a_copy(device) => {
                        found.push(format!("{} was taken for a copy, and is none", phone.name));
                    }
                    Recovery::OtherHistory { .. } => {
                        found.push(format!(
                            "{} met another history, and there is but one",
                            phone.name
                        ));
                    }
                    Recovery::Copy { .. } => {}
                }
            }
        }
        found
    }

    /// What was found so far, a line each.
    pub fn found(&self) -> &[String] {
        &self.found
    }

    fn note(&mut self, lines: impl IntoIterator<Item = String>) {
        let room = LINES_MAX.saturating_sub(self.found.len());
        self.found.extend(lines.into_iter().take(room));
    }
}
