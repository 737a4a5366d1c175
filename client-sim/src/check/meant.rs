//! What is written on a record stands in the record that its author saw, whatever numbers op and record have come to have.

use super::Checked;
use crate::model::History;
use crate::replay::centre::Row;
use otor_protocol::ids::{ActorId, Dot, PersonId, RecordId};
use otor_protocol::keys::op_hash;
use otor_protocol::op::{Body, KindId};
use otor_protocol::record::Record;
use otor_protocol::replica::{OwnOp, Storage};
use otor_protocol::wire::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// An op by a name it has had, and its hash under that: several phones can give one number to different ops.
type Name = (Dot, u64);

/// Which record somebody means, whatever it is called: what its creation says, and no number does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    kind: KindId,
    by: PersonId,
    /// When its author's clock said that it was written, milliseconds since the Unix epoch.
    claimed_ms: i64,
}

impl Made {
    fn of(record: &Record) -> Self {
        Made {
            kind: record.kind,
            by: record.creation.author,
            claimed_ms: record.creation.facts.claimed_ms,
        }
    }
}

/// What the author of an op saw as its record.
#[derive(Clone, Copy, Debug)]
struct Saw {
    /// What it was called then.
    record: RecordId,
    made: Made,
}

/// What phones wrote on which records.
#[derive(Debug, Default)]
pub(super) struct Meant {
    /// The own ops of each phone that were looked at.
    looked_at: BTreeMap<String, BTreeSet<Dot>>,
    wrote: BTreeMap<Name, Saw>,
    /// Workers one of whose phones was copied, or came back from a backup.
    copied: BTreeSet<PersonId>,
    /// Where a backup was used without a word: the records that all such backups had.
    in_all: Option<BTreeSet<RecordId>>,
}

impl Meant {
    /// Notes what is new in a phone's log, and what has got another number.
    pub fn look<S: Storage>(&mut self, phone: &Checked<S>) {
        let looked_at = self.looked_at.entry(phone.name.to_owned()).or_default();
        for (dot, own) in phone.replica.own_log() {
            if !looked_at.insert(dot) {
                continue;
            }
            let name = (dot, op_hash(&own.op));
            let is_new = own.told.is_none() && own.formerly.is_none();
            let saw = match own.origin {
                _ if self.wrote.contains_key(&name) => continue,
                Some(first) => self.wrote.get(&first).copied(),
                None if is_new => saw(phone, own),
                None => None,
            };
            self.wrote.extend(saw.map(|saw| (name, saw)));
        }
    }

    /// A phone's log is another one now: its ops are looked at again, and known by their names.
    pub fn look_again(&mut self, phone: &str) {
        self.looked_at.remove(phone);
    }

    /// A phone of a worker is one of several copies, or came back from a backup.
    pub fn is_copied(&mut self, owner: PersonId) {
        self.copied.insert(owner);
    }

    /// The server came back from a backup without a word, which has these records: other numbers may be given out
    /// twice before anybody can notice.
    pub fn restored_untold(&mut self, records: &BTreeSet<RecordId>) {
        self.in_all = Some(match self.in_all.take() {
            Some(before) => before.intersection(records).copied().collect(),
            None => records.clone(),
        });
    }

    /// What stands in another record than its author saw, a line each.
    pub fn astray(
        &self,
        history: &History,
        rows: &BTreeMap<RecordId, Row>,
        was_restored: bool,
    ) -> Vec<String> {
        let verdicts = history.verdicts();
        let mut merged: BTreeMap<RecordId, Option<Made>> = BTreeMap::new();
        let mut found = Vec::new();
        for (_, op) in history.ops() {
            if verdicts.get(&op.dot) != Some(&Verdict::Accepted) {
                continue;
            }
            let Some(saw) = self.wrote.get(&(op.dot, op_hash(&op.op))) else {
                continue;
            };
            let Some(id) = op.decoded().and_then(|decoded| decoded.record(op.dot)) else {
                continue;
            };
            let Some(made) = merged.entry(id).or_insert_with(|| made(rows.get(&id)?)) else {
                continue;
            };
            if *made == saw.made || self.is_excused(saw, made, was_restored) {
                continue;
            }
            let (ActorId(actor), seq) = (op.dot.actor, op.dot.seq);
            let (other, by) = (made.by.0, saw.made.by.0);
            found.push(format!(
                "op {actor}-{seq} was written on record {} of person {by}, and stands in {id} of person {other}",
                saw.record
            ));
        }
        found
    }

    /// Whether nothing can promise that an op stands where it was meant.
    fn is_excused(&self, saw: &Saw, made: &Made, was_restored: bool) -> bool {
        let given_twice = self
            .in_all
            .as_ref()
            .is_some_and(|in_all| !in_all.contains(&saw.record));
        // Two copies of a phone write under the same numbers until they are told apart. A restored server that has
        // neither leaves them to whichever comes first; who has seen the other's cannot know.
        let of_the_other_copy = was_restored && made.by == saw.made.by && self.copied.contains(&made.by);
        given_twice || of_the_other_copy
    }
}

/// What a phone shows as the record that it has just written on; none if the op creates it.
fn saw<S: Storage>(phone: &Checked<S>, own: &OwnOp) -> Option<Saw> {
    let Body::Edit { record, .. } = own.decoded()?.body else {
        return None;
    };
    let made = Made::of(&phone.replica.view(record)?);
    Some(Saw { record, made })
}

/// Which record a row is of.
fn made(row: &Row) -> Option<Made> {
    let record = Record::decode(row.state.as_deref()?).ok()?;
    Some(Made::of(&record))
}

#[cfg(test)]
mod tests {
    use super::super::tests::row_of;
    use super::*;
    use crate::device::{Phone, PhoneStorage, fixture};
    use crate::model::{Commit, JournaledOp};
    use otor_protocol::ids::Level;
    use otor_protocol::op::Facts;
    use otor_protocol::record::Edit;
    use otor_protocol::stamp::Stamp;
    use otor_protocol::value::Value;

    fn checked(phone: &Phone) -> Checked<'_, PhoneStorage> {
        Checked {
            name: &phone.name,
            worker: &phone.worker,
            replica: phone.replica().unwrap(),
        }
    }

    /// A phone whose worker wrote a visit, and a note on it; the visit, and what was noted of that.
    fn noted() -> (Phone, Record, Meant) {
        let mut phone = fixture::enrolled_phone();
        let visit = fixture::write_visit(&mut phone, 500);
        let mut edit = Edit::default();
        edit.append
            .push(("notes".to_owned(), vec![Value::from("后来又去了一次")]));
        let (replica, clock) = phone.desk(900).unwrap();
        replica.edit(clock, visit, &edit).unwrap();
        let mut meant = Meant::default();
        meant.look(&checked(&phone));
        let record = phone.replica().unwrap().view(visit).unwrap();
        (phone, record, meant)
    }

    /// The server took all that the phone wrote.
    fn taken(phone: &Phone) -> History {
        let log = phone.replica().unwrap().own_log();
        let ops = log.map(|(dot, own)| JournaledOp {
            dot,
            op: own.op.to_vec(),
            facts: Facts {
                stamp: Stamp::at_ms(1_000),
                claimed_ms: 1_000,
                level: Level::WORKER,
                uncertain: false,
            },
            verdict: Verdict::Accepted,
            by_phone: true,
            conflict: false,
        });
        let commit = Commit {
            ops: ops.collect(),
            ..Commit::default()
        };
        History {
            commits: vec![commit],
        }
    }

    fn rows(record: &Record) -> BTreeMap<RecordId, Row> {
        BTreeMap::from([(record.id, row_of(record))])
    }

    /// Another record that has come to the name of this one.
    fn another(record: &Record, by: PersonId) -> Record {
        let mut other = record.clone();
        other.creation.author = by;
        other.creation.facts.claimed_ms += 1;
        other
    }

    #[test]
    fn edit_that_stands_in_another_record_than_its_author_saw_is_found() {
        let (phone, visit, meant) = noted();
        let found = |record: &Record| meant.astray(&taken(&phone), &rows(record), true);
        assert_eq!(found(&visit), Vec::<String>::new());
        assert_eq!(found(&another(&visit, PersonId(9))).len(), 1);
        let same_author = visit.creation.author;
        assert_eq!(found(&another(&visit, same_author)).len(), 1);
        let mut kept_aside = taken(&phone);
        kept_aside.commits[0].ops[1].verdict = Verdict::Parked;
        let other = rows(&another(&visit, PersonId(9)));
        assert!(meant.astray(&kept_aside, &other, true).is_empty());
    }

    #[test]
    fn numbers_that_a_backup_used_without_a_word_gives_twice_are_not_asked_about() {
        let (phone, visit, mut meant) = noted();
        let other = rows(&another(&visit, PersonId(9)));
        meant.restored_untold(&BTreeSet::from([visit.id]));
        assert_eq!(meant.astray(&taken(&phone), &other, true).len(), 1);
        meant.restored_untold(&BTreeSet::new());
        assert!(meant.astray(&taken(&phone), &other, true).is_empty());
    }

    #[test]
    fn the_other_copy_s_record_is_not_asked_about_after_a_restoring_and_everybody_else_s_is() {
        let (phone, visit, mut meant) = noted();
        let owner = visit.creation.author;
        meant.is_copied(owner);
        let astray = |other: PersonId, was_restored: bool| {
            let other = rows(&another(&visit, other));
            meant.astray(&taken(&phone), &other, was_restored).len()
        };
        assert_eq!((astray(owner, true), astray(owner, false)), (0, 1));
        assert_eq!(astray(PersonId(9), true), 1);
    }
}
