//! The order in which a phone wrote is the order of its stamps, across lanes, frames and boots, and each op comes after
//! what its author had seen of its record.

use super::Checked;
use crate::model::History;
use otor_protocol::ids::{ActorId, Dot};
use otor_protocol::record::Record;
use otor_protocol::replica::Storage;
use otor_protocol::stamp::Stamp;
use std::collections::{BTreeMap, BTreeSet};

/// An op as it was written.
#[derive(Debug)]
struct Wrote {
    dot: Dot,
    /// The greatest stamp on its record that the phone had.
    seen: Stamp,
}

/// What one phone wrote in one branch.
#[derive(Debug)]
struct Log {
    branch: ActorId,
    known: BTreeSet<Dot>,
    wrote: Vec<Wrote>,
}

/// The order of writing on all phones.
#[derive(Debug, Default)]
pub(super) struct Order(BTreeMap<String, Log>);

impl Order {
    /// Notes what is new in a phone's log.
    pub fn look<S: Storage>(&mut self, phone: &Checked<S>) {
        let branch = phone.replica.identity().certificate.actors[0];
        let goes_on = self.0.get(phone.name).is_some_and(|log| log.branch == branch);
        if !goes_on && self.0.contains_key(phone.name) {
            self.begin_anew(phone);
            return;
        }
        let log = self.0.entry(phone.name.to_owned()).or_insert_with(|| Log {
            branch,
            known: BTreeSet::new(),
            wrote: Vec::new(),
        });
        let unsent = phone.replica.own_log().filter(|(_, own)| own.told.is_none());
        for (dot, own) in unsent {
            if !log.known.insert(dot) {
                continue;
            }
            let record = own.decoded().and_then(|op| op.record(dot));
            let mirrored = record.and_then(|record| phone.replica.mirrored(record));
            let seen = mirrored.map_or(Stamp::default(), greatest);
            log.wrote.push(Wrote { dot, seen });
        }
    }

    /// What a phone wrote before is not to be compared with what comes.
    pub fn begin_anew<S: Storage>(&mut self, phone: &Checked<S>) {
        let known = phone.replica.own_log().map(|(dot, _)| dot).collect();
        let log = Log {
            branch: phone.replica.identity().certificate.actors[0],
            known,
            wrote: Vec::new(),
        };
        self.0.insert(phone.name.to_owned(), log);
    }

    /// Where stamps are not in that order, a line each.
    pub fn disorder(&self, history: &History) -> Vec<String> {
        let stamps: BTreeMap<Dot, Stamp> = history.ops().map(|(_, op)| (op.dot, op.facts.stamp)).collect();
        let mut found = Vec::new();
        for (name, log) in &self.0 {
            let mut before: Option<(Dot, Stamp)> = None;
            for wrote in &log.wrote {
                let Some(stamp) = stamps.get(&wrote.dot) else {
                    continue;
                };
                let (actor, seq) = (wrote.dot.actor.0, wrote.dot.seq);
                if let Some((other, its_stamp)) = before.filter(|(_, before)| before >= stamp) {
                    let (other, its) = (other.actor.0, other.seq);
                    let ahead_ms = its_stamp.ms() - stamp.ms();
                    found.push(format!(
                        "{name} wrote {actor}-{seq} after {other}-{its}, and it is stamped before, by {ahead_ms} ms"
                    ));
                }
                if wrote.seen >= *stamp {
                    let ahead_ms = wrote.seen.ms() - stamp.ms();
                    found.push(format!(
                        "op {actor}-{seq} is stamped before what {name} had seen, by {ahead_ms} ms"
                    ));
                }
                before = Some((wrote.dot, *stamp));
            }
        }
        found
    }
}

/// The greatest stamp in a record.
fn greatest(record: &Record) -> Stamp {
    let fields = record.fields.keys().map(|field| {
        let register = record.marker(*field).map(|marker| marker.stamp);
        let entries = record.entries(*field).into_iter().map(|entry| entry.stamp).max();
        let candidates = record.candidates(*field).into_iter().map(|one| one.stamp).max();
        register.max(entries).max(candidates).unwrap_or_default()
    });
    fields.max().unwrap_or_default().max(record.creation.facts.stamp)
}
