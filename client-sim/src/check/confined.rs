//! Nobody ever receives a record outside their scope: what is new on a phone is its owner's own, assigned to them, names them as
//! a participant, or lies where they answered for at some moment of the exchange that brought it; a revoked phone receives nothing.

use super::Checked;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::{PARTICIPANTS, TASK_ASSIGNEE};
use otor_protocol::ids::RecordId;
use otor_protocol::record::Record;
use otor_protocol::replica::Storage;
use otor_protocol::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The areas of a worker from a time on, milliseconds since the Unix epoch.
type Tenure = (i64, Vec<AreaCode>);

/// What phones hold, and what they may.
#[derive(Debug, Default)]
pub(super) struct Confined {
    held: BTreeMap<String, BTreeSet<RecordId>>,
    ever: BTreeMap<String, BTreeSet<RecordId>>,
    tenures: BTreeMap<String, Vec<Tenure>>,
    revoked_ms: BTreeMap<String, i64>,
    /// From when to when it is not known who answered for what: a server died over a change.
    unsure: Vec<(i64, Option<i64>)>,
    /// When a change was made by a server that died before it could be asked what is so.
    unasked_ms: Option<i64>,
}

impl Confined {
    /// Looks at what is new on a phone since an exchange began at `since_ms`.
    pub fn look<S: Storage>(&mut self, phone: &Checked<S>, since_ms: i64) -> Vec<String> {
        let held: BTreeSet<RecordId> = phone.replica.mirror().map(|record| record.id).collect();
        let before = self.held.remove(phone.name).unwrap_or_default();
        let mut found = Vec::new();
        for id in held.difference(&before) {
            let record = phone.replica.mirrored(*id);
            if record.is_some_and(|record| !self.may_receive(phone, record, since_ms)) {
                found.push(format!("{} received {id}, which is not for it", phone.name));
            }
        }
        let ever = self.ever.entry(phone.worker.to_owned()).or_default();
        ever.extend(held.difference(&before));
        self.held.insert(phone.name.to_owned(), held);
        found
    }

    /// A phone is a copy now, or back from a backup: what it holds it has not received anew.
    pub fn begin_anew<S: Storage>(&mut self, phone: &Checked<S>) {
        let held = phone.replica.mirror().map(|record| record.id).collect();
        self.held.insert(phone.name.to_owned(), held);
    }

    fn may_receive<S: Storage>(&self, phone: &Checked<S>, record: &Record, since_ms: i64) -> bool {
        let owner = phone.replica.identity().certificate.owner;
        let revoked_ms = self.revoked_ms.get(phone.name);
        if record.creation.author == owner {
            return true;
        }
        if revoked_ms.is_some_and(|revoked_ms| *revoked_ms < since_ms) {
            return false;
        }
        let assigned = record.register(TASK_ASSIGNEE) == Some(&Value::Person(owner));
        let place = record.area.val.scope_area();
        let takes_part = record.members(PARTICIPANTS).contains_key(&Value::Person(owner));
        assigned || takes_part || self.answered_for(phone.worker, &place, since_ms)
    }

    /// Whether a worker answered for a place at some moment since then. One of whom nothing was noted may have.
    fn answered_for(&self, worker: &str, place: &AreaCode, since_ms: i64) -> bool {
        let Some(tenures) = self.tenures.get(worker) else {
            return true;
        };
        tenures.iter().enumerate().any(|(index, (_, areas))| {
            let ended_ms = tenures.get(index + 1).map(|(from_ms, _)| *from_ms);
            let lasted = ended_ms.is_none_or(|ended_ms| ended_ms >= since_ms);
            lasted && areas.iter().any(|area| area.scope_area().contains(place))
        })
    }

    /// Whether a worker answered for an area at a time; none if nothing is known, or that was the moment of a change.
    pub fn answered_at(&self, worker: &str, area: &AreaCode, at_ms: i64) -> Option<bool> {
        let tenures = self.tenures.get(worker)?;
        let is_unsure = self
            .unsure
            .iter()
            .any(|(from, to)| (*from..=to.unwrap_or(i64::MAX)).contains(&at_ms));
        if is_unsure {
            return None;
        }
        if tenures
            .iter()
            .skip(1)
            .any(|(from_ms, _)| (from_ms - at_ms).abs() <= 1)
        {
            return None;
        }
        let then = tenures.iter().rev().find(|(from_ms, _)| *from_ms <= at_ms);
        let (_, areas) = then.or(tenures.first())?;
        Some(areas.iter().any(|own| own.contains(area)))
    }

    /// Notes what a worker answers for.
    pub fn answers_for(&mut self, worker: &str, areas: &[AreaCode], from_ms: i64) {
        let tenures = self.tenures.entry(worker.to_owned()).or_default();
        if tenures.last().is_none_or(|(_, before)| before != areas) {
            tenures.push((from_ms, areas.to_vec()));
        }
    }

    /// The server died over a change of who answers for what: only when it runs again is it known.
    pub fn dies_over_change(&mut self, at_ms: i64) {
        self.unsure.push((at_ms, None));
    }

    /// The server died as soon as it had made a change of who answers for what: what it tells when it runs again is so
    /// from this time on, not only from that.
    pub fn dies_after_change(&mut self, at_ms: i64) {
        self.unasked_ms.get_or_insert(at_ms);
    }

    /// Whether it is to be asked who answers for what, as soon as the server runs.
    pub fn is_to_be_asked(&self) -> bool {
        self.unasked_ms.is_some() || self.unsure.iter().any(|(_, to)| to.is_none())
    }

    /// The server runs, and tells what is so. Since when that is so.
    pub fn is_sure(&mut self, at_ms: i64) -> i64 {
        for (_, to) in &mut self.unsure {
            to.get_or_insert(at_ms);
        }
        self.unasked_ms.take().unwrap_or(at_ms)
    }

    /// Notes that a phone is revoked.
    pub fn shut_out(&mut self, phone: &str, at_ms: i64) {
        self.revoked_ms.entry(phone.to_owned()).or_insert(at_ms);
    }

    /// What only administrators did since a backup is lost with it: revocations, too.
    pub fn server_restored(&mut self) {
        self.revoked_ms.clear();
    }

    /// Whether a phone of a worker has held a record.
    pub fn has_held(&self, worker: &str, record: RecordId) -> bool {
        self.ever.get(worker).is_some_and(|ever| ever.contains(&record))
    }
}
