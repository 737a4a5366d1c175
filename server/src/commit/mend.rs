//! Mending: what the table has damaged is folded again from the journal while the server runs.

use super::{CommitPath, Stopped};
use crate::state::entry::{Act, Entry, TrimmedFeed};
use crate::state::refold::{Refold, lane_rows};
use crate::state::{StateError, audit, key};
use crate::store::engine::{RowKey, Writes};
use crate::store::journal::Entry as JournalEntry;
use otor_protocol::ids::RecordId;
use serde_bytes::ByteBuf;

/// Whether what stands under a key can be put right while the server runs: a record, a membership, a digest, a
/// piece of a feed.
pub fn can_mend(place: &[u8]) -> bool {
    matches!(place.first(), Some(b'R' | b'M' | b'H' | b'F'))
}

/// Most rows that one damage may turn out to be.
const ROUNDS_MAX: usize = 1_000;

impl CommitPath {
    /// Puts right what stands damaged under a key of the state: a record, a membership or a digest. Anything else
    /// stops the server, and the whole table is folded again when it starts.
    ///
    /// # Errors
    /// [`Stopped`] then, or if the journal cannot be read.
    pub fn mend(&mut self, damaged: &[u8]) -> Result<(), Stopped> {
        // What is decided is in the journal before it is read.
        self.persist()?;
        if self.is_sound(damaged) {
            return Ok(());
        }
        if let (Some(b'F'), Some((scope, lane)), Some(through)) = (
            damaged.first(),
            key::lane_named(damaged),
            key::feed_commit(damaged),
        ) {
            return self.give_up_feed(TrimmedFeed { scope, lane, through });
        }
        let mut place = RowKey::from_slice(damaged);
        for _ in 0..ROUNDS_MAX {
            match self.refolded(&place) {
                Ok(rows) => {
                    self.lay_over(&place, rows).map_err(|error| self.stop(error))?;
                    if *place == *damaged {
                        return Ok(());
                    }
                    place = RowKey::from_slice(damaged);
                }
                Err(Unmended::First(other)) if other != place => place = other,
                Err(Unmended::First(_)) => break,
                Err(Unmended::Failed(error)) => return Err(self.stop(error)),
            }
        }
        let what = format!("the stored value under key {place:02x?} is damaged");
        self.engine
            .distrust_table(&what)
            .map_err(|error| self.stop(error.to_string()))
    }

    /// What a feed says up to a damaged piece is not made again: phones that have not come so far take a first pass.
    fn give_up_feed(&mut self, feed: TrimmedFeed) -> Result<(), Stopped> {
        tracing::error!(
            scope = feed.scope.0,
            lane = u8::from(feed.lane),
            through = feed.through,
            "the table had damaged a feed; phones behind it take a first pass"
        );
        self.mended += 1;
        let entry = Entry {
            at_ms: self.last_ms,
            act: Act::Trim(vec![feed]),
            answer: None,
            derived: Vec::new(),
            by: None,
        };
        let staged = self.engine.stage(entry.encode());
        staged.map_err(|error| self.stop(error.to_string()))?;
        self.persist().map(|_| ())
    }

    /// Whether a record has been mended since somebody found it damaged.
    pub(super) fn is_sound(&self, place: &[u8]) -> bool {
        let record = key::record_named(place);
        record.is_some_and(|id| audit::is_sound(self.engine.pending_view(), id).unwrap_or(false))
    }

    fn refolded(&self, place: &[u8]) -> Result<Writes, Unmended> {
        let view = self.engine.pending_view();
        if let Some(id) = key::record_named(place) {
            return self.refolded_record(id, Vec::new(), 0);
        }
        match (place.first(), key::lane_named(place)) {
            (Some(b'M' | b'H'), Some((scope, lane))) => Ok(lane_rows(view, scope, lane)?),
            _ => Err(Unmended::First(place.into())),
        }
    }

    /// The rows of a record by the entries that were `read` for it, which are those up to `through`, and all later ones.
    fn refolded_record(
        &self,
        id: RecordId,
        read: Vec<JournalEntry>,
        through: u64,
    ) -> Result<Writes, Unmended> {
        let mut refold = Refold::new(id);
        for entry in read {
            refold.take(entry.number, &entry.payload)?;
        }
        for entry in self.engine.entries_from(through + 1).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            refold.take(entry.number, &entry.payload)?;
        }
        let rows = refold.rows(self.engine.pending_view())?;
        rows.ok_or_else(|| Unmended::First(key::record(id)))
    }

    /// Puts a record right by entries that were read for it. Where something else has to be put right first, all
    /// is read anew.
    pub(super) fn mend_by(
        &mut self,
        id: RecordId,
        read: Vec<JournalEntry>,
        through: u64,
    ) -> Result<(), Stopped> {
        let place = key::record(id);
        match self.refolded_record(id, read, through) {
            Ok(rows) => self.lay_over(&place, rows).map_err(|error| self.stop(error)),
            Err(Unmended::First(_)) => self.mend(&place),
            Err(Unmended::Failed(error)) => Err(self.stop(error)),
        }
    }

    fn lay_over(&mut self, place: &[u8], rows: Writes) -> Result<(), String> {
        tracing::error!(
            key = ?place,
            rows = rows.len(),
            "the table had damaged a row; it was folded again from the journal"
        );
        self.mended += 1;
        let entry = Entry {
            at_ms: self.last_ms,
            act: Act::Mended {
                key: ByteBuf::from(place.to_vec()),
            },
            answer: None,
            derived: Vec::new(),
            by: None,
        };
        let staged = self.engine.stage_mended(entry.encode(), rows);
        staged.map_err(|error| error.to_string())?;
        self.persist().map_err(|stopped| stopped.0)?;
        Ok(())
    }
}

/// Why a row is not put right.
enum Unmended {
    /// What stands under this key has to be put right before it, or it is this row and cannot be.
    First(RowKey),
    /// The journal cannot be read.
    Failed(String),
}

impl From<StateError> for Unmended {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Damaged { key } => Unmended::First(key),
            StateError::View(error) => Unmended::Failed(error.to_string()),
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Unmended {
    Unmended::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::admin::met::Sightings;
    use crate::decide::admin::record::{self, NewRecord, RecordEdit};
    use crate::decide::admin::worker;
    use crate::state::read;
    use crate::test_server::{FAR_GRID, GRIDS, TestServer};
    use otor_protocol::ids::Lane;
    use otor_protocol::op::{Body, Change, FieldId, KindId};
    use serde_json::json;

    impl CommitPath {
        /// Sets a row as a damaged table would.
        pub(crate) fn damage(&mut self, place: &[u8], value: Option<&[u8]>) {
            let mut rows = Writes::default();
            match value {
                Some(value) => rows.put(place, value).unwrap(),
                None => rows.remove(place).unwrap(),
            }
            let entry = Entry {
                at_ms: self.last_ms,
                act: Act::Mended { key: ByteBuf::new() },
                answer: None,
                derived: Vec::new(),
                by: None,
            };
            self.engine.stage_mended(entry.encode(), rows).unwrap();
            self.persist().unwrap();
        }
    }

    /// A server with visits and a task that were edited, filed elsewhere, assigned and refiled, one edit being
    /// kept aside until its record came.
    fn lived_in() -> (TestServer, Vec<RecordId>) {
        let mut server = TestServer::new();
        server.worker("w1", &[GRIDS[0]]);
        server.worker("w2", &[GRIDS[1]]);
        let phones = [server.phone("w1", 1), server.phone("w2", 2)];
        let mut ids = Vec::new();
        for (phone, grid) in phones.iter().zip(GRIDS) {
            for note in ["来访", "再访", "三访"] {
                let body = Body::Create {
                    kind: KindId(2),
                    area: grid.parse().unwrap(),
                    changes: vec![
                        Change::Once(FieldId(5), note.into()),
                        Change::Append(FieldId(60), note.into()),
                    ],
                };
                ids.push(RecordId(server.phone_writes(phone, Lane::Rest, body).0));
            }
        }
        let body = Body::Edit {
            record: ids[0],
            changes: vec![Change::Append(FieldId(60), "又去了".into())],
        };
        server.phone_writes(&phones[0], Lane::Rest, body);
        let task = NewRecord {
            kind: "task".into(),
            area: GRIDS[1].into(),
            fields: json!({"title": "t", "assignee": "w1"})
                .as_object()
                .unwrap()
                .clone(),
        };
        let task = server.county(move |desk, own| record::create(desk, own, &task));
        ids.push(task.unwrap().record().unwrap());
        let moved = ids[1];
        let relocated = server.county(move |desk, own| record::relocate(desk, own, moved, FAR_GRID));
        relocated.unwrap();
        let there = [GRIDS[1].into()];
        let done =
            server.county(move |desk, own| worker::move_to(desk, own, "w1", &there, &Sightings::default()));
        done.unwrap();
        (server, ids)
    }

    fn is_as_the_journal_says(server: &TestServer) {
        let (have, should) = (server.dump(), server.dump_of_the_journal());
        for (have, should) in have.iter().zip(&should) {
            assert_eq!(have, should);
        }
        assert_eq!(have.len(), should.len());
    }

    #[test]
    fn record_that_does_not_decode_is_altered_or_gone_is_folded_again_byte_for_byte() {
        let (mut server, ids) = lived_in();
        is_as_the_journal_says(&server);
        let rows = server.dump();
        for (nth, id) in ids.iter().enumerate() {
            let place = key::record(*id);
            let (_, whole) = rows.iter().find(|(key, _)| *key == place).unwrap();
            let mut altered = whole.clone();
            let note = whole.len() / 2;
            altered[note] ^= 1;
            for damage in [Some(&b"\x01nonsense"[..]), Some(&altered), None] {
                server.damage(&place, damage);
                server.mend(&place);
                let mended = server.dump();
                let (_, now) = mended.iter().find(|(key, _)| *key == place).unwrap();
                assert_eq!(now, whole, "record {nth}");
            }
        }
        is_as_the_journal_says(&server);
        assert_eq!(server.mended(), 3 * ids.len() as u64);
    }

    #[test]
    fn while_the_journal_is_read_for_a_record_others_are_committed_and_it_is_as_the_journal_says_all_the_same()
     {
        let (mut server, ids) = lived_in();
        for id in &ids {
            let place = key::record(*id);
            server.damage(&place, Some(b"\x01nonsense"));
            let reading = server.begin_mending(&place).expect("it is damaged");
            // Commits go on, and some of them concern the record: a person is moved to and fro.
            for grid in [GRIDS[0], GRIDS[1]] {
                server.worker("w3", &[grid]);
            }
            let phone = server.phone("w3", 9);
            let body = Body::Create {
                kind: KindId(2),
                area: GRIDS[1].parse().unwrap(),
                changes: vec![Change::Once(FieldId(5), "同时".into())],
            };
            server.phone_writes(&phone, Lane::Rest, body);
            server.finish_mending(reading.read());
            is_as_the_journal_says(&server);
            // It is asked for twice, where two have met it.
            assert!(server.begin_mending(&place).is_none());
        }
        assert_eq!(server.mended(), ids.len() as u64);
    }

    #[test]
    fn membership_and_digest_are_made_again_from_the_records() {
        let (mut server, _) = lived_in();
        let places = server.dump().into_iter().map(|(place, _)| place);
        let places: Vec<_> = places.filter(|place| matches!(place[0], b'M' | b'H')).collect();
        assert!(places.len() > 10);
        for place in places {
            for damage in [Some(&b"\x01\x05"[..]), Some(&b"?"[..]), None] {
                server.damage(&place, damage);
                server.mend(&place);
            }
        }
        is_as_the_journal_says(&server);
    }

    #[test]
    fn edit_of_a_damaged_record_is_decided_once_it_is_mended() {
        let (mut server, ids) = lived_in();
        let id = *ids.last().unwrap();
        let place = key::record(id);
        let rows = server.dump();
        let (_, whole) = rows.iter().find(|(key, _)| *key == place).unwrap();
        // An altered title decodes: only its hash tells.
        let mut altered = whole.clone();
        let title = altered.windows(2).position(|pair| pair == [0xa1, b't']).unwrap();
        altered[title + 1] = b'T';
        server.damage(&place, Some(&altered));
        let edit = RecordEdit {
            append: json!({"notes": ["more"]}).as_object().unwrap().clone(),
            ..RecordEdit::default()
        };
        let again = edit.clone();
        let undecided = server.propose(move |desk| {
            let county = read::person_by_code(desk.view, "county")?.unwrap();
            record::edit(desk, &county, id, &edit)
        });
        assert!(undecided.is_none());
        let edited = server.county(move |desk, own| record::edit(desk, own, id, &again));
        edited.unwrap();
        assert_eq!(server.mended(), 1);
        is_as_the_journal_says(&server);
    }
}
