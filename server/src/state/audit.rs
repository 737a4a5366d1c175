//! Whether the stored state agrees with itself: each record with its memberships, each digest with its members.

use super::cell::RecordCell;
use super::draft::StateError;
use super::{key, read};
use crate::store::engine::View;
use otor_protocol::digest::{Digest, record_hash};
use otor_protocol::ids::{Lane, RecordId, ScopeId};
use std::collections::BTreeMap;

/// Rows read at once.
const PAGE_ROWS: usize = 512;

/// A record as its membership names it, whole and unaltered.
///
/// # Errors
/// [`StateError::Damaged`] with the record's key if it is missing, does not decode or is not the one that the
/// membership names.
pub fn member(view: &dyn View, id: RecordId, hash: u64) -> Result<RecordCell, StateError> {
    let place = key::record(id);
    let cell = read::get::<RecordCell>(view, &place)?;
    cell.filter(|cell| record_hash(&cell.state) == hash)
        .ok_or(StateError::Damaged { key: place })
}

/// Whether a record is the one that all its memberships name.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn is_sound(view: &dyn View, id: RecordId) -> Result<bool, StateError> {
    let Some(cell) = read::record(view, id)? else {
        return Ok(false);
    };
    let Ok(record) = cell.record() else {
        return Ok(false);
    };
    let hash = record_hash(&cell.state);
    for scope in &cell.scopes {
        if read::get::<u64>(view, &key::member(*scope, record.lane, id))? != Some(hash) {
            return Ok(false);
        }
    }
    Ok(record.id == id)
}

/// The members of a scope and lane above one, each with the hash of its record, in ascending order; up to
/// `limit`.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn members(
    view: &dyn View,
    (scope, lane): (ScopeId, Lane),
    after: Option<RecordId>,
    limit: usize,
) -> Result<Vec<(RecordId, u64)>, StateError> {
    let prefix = key::members(scope, lane);
    let from = match after {
        Some(record) => key::end_of(&key::member(scope, lane, record)),
        None => prefix.clone(),
    };
    let rows = read::range::<u64>(view, &from, &key::end_of(&prefix), limit)?;
    Ok(rows
        .into_iter()
        .filter_map(|(place, hash)| Some((key::member_record(&place)?, hash)))
        .collect())
}

/// The digest of a scope and lane as stored.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn digest(view: &dyn View, scope: ScopeId, lane: Lane) -> Result<Digest, StateError> {
    Ok(read::get(view, &key::digest(scope, lane))?.unwrap_or_default())
}

/// Everything in the state that does not agree, a line each; none if all is well.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn disagreements(view: &dyn View) -> Result<Vec<String>, StateError> {
    let mut found = Vec::new();
    let mut sums: BTreeMap<(ScopeId, Lane), Digest> = BTreeMap::new();
    let prefix = key::all_members();
    let (mut from, end) = (prefix.clone(), key::end_of(&prefix));
    loop {
        let page = read::range::<u64>(view, &from, &end, PAGE_ROWS)?;
        for (place, hash) in &page {
            let (Some(lane), Some(id)) = (key::lane_named(place), key::member_record(place)) else {
                continue;
            };
            *sums.entry(lane).or_default() += *hash;
            match member(view, id, *hash) {
                Ok(cell) if cell.scopes.contains(&lane.0) => {}
                Ok(_) => found.push(format!("record {id} does not name scope {} as its own", lane.0.0)),
                Err(StateError::Damaged { .. }) => {
                    found.push(format!(
                        "record {id} is not the one that scope {} names",
                        lane.0.0
                    ));
                }
                Err(error) => return Err(error),
            }
        }
        match page.last() {
            Some((last, _)) if page.len() == PAGE_ROWS => from = key::end_of(last),
            _ => break,
        }
    }
    for ((scope, lane), sum) in sums {
        if digest(view, scope, lane)? != sum {
            found.push(format!(
                "the digest of scope {}, lane {} is not that of its members",
                scope.0,
                u8::from(lane)
            ));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::admin::met::Sightings;
    use crate::decide::admin::record::{self, NewRecord};
    use crate::decide::admin::worker;
    use crate::state::cell::FeedCell;
    use crate::test_server::{GRIDS, TestServer};
    use otor_protocol::ids::PersonId;
    use otor_protocol::op::{Body, Change, FieldId, KindId};
    use serde_json::json;

    fn visit(area: &str, note: &str) -> Body {
        Body::Create {
            kind: KindId(2),
            area: area.parse().unwrap(),
            changes: vec![
                Change::Once(FieldId(5), note.into()),
                Change::Append(FieldId(60), note.into()),
            ],
        }
    }

    /// The digest that the last entry of each feed tells.
    fn told(view: &dyn View, scope: ScopeId, lane: Lane) -> Option<Digest> {
        let prefix = [&b"F"[..], &key::members(scope, lane)[1..]].concat();
        let rows = read::under::<FeedCell>(view, &prefix).unwrap();
        rows.last().map(|(_, cell)| cell.digest)
    }

    #[test]
    fn digests_follow_creation_edits_moves_refiling_and_erasure() {
        let mut server = TestServer::new();
        server.worker("w1", &[GRIDS[0]]);
        server.worker("w2", &[GRIDS[1]]);
        let phones = [server.phone("w1", 1), server.phone("w2", 2)];
        let mut visits = Vec::new();
        for (round, note) in ["来访", "再访", "三访"].into_iter().enumerate() {
            for (phone, grid) in phones.iter().zip(GRIDS) {
                let (dot, _) = server.phone_writes(phone, Lane::Rest, visit(grid, note));
                visits.push(RecordId(dot));
                let body = Body::Edit {
                    record: visits[round],
                    changes: vec![Change::Append(FieldId(60), note.into())],
                };
                server.phone_writes(phone, Lane::Rest, body);
            }
        }
        let task = NewRecord {
            kind: "task".into(),
            area: GRIDS[1].into(),
            fields: json!({"title": "t", "assignee": "w1"})
                .as_object()
                .unwrap()
                .clone(),
        };
        let check = |server: &TestServer, when: &str| {
            let reader = server.reader();
            let view = reader.snapshot();
            assert_eq!(disagreements(&view).unwrap(), Vec::<String>::new(), "{when}");
            let mut lanes = 0;
            for scope in (0..30).map(ScopeId) {
                for lane in Lane::ALL {
                    let members: Digest = members(&view, (scope, lane), None, 100)
                        .unwrap()
                        .into_iter()
                        .map(|(_, hash)| hash)
                        .collect();
                    assert_eq!(digest(&view, scope, lane).unwrap(), members);
                    if let Some(told) = told(&view, scope, lane) {
                        assert_eq!(told, members, "{when}: what the feed tells");
                        lanes += 1;
                    }
                }
            }
            lanes
        };
        assert_eq!(check(&server, "after writing"), 2);
        server
            .county(move |desk, own| record::create(desk, own, &task))
            .unwrap();
        assert_eq!(check(&server, "after a task"), 4);
        let moved = visits[0];
        server
            .county(move |desk, own| record::relocate(desk, own, moved, GRIDS[1]))
            .unwrap();
        assert_eq!(
            check(&server, "after filing elsewhere"),
            5,
            "the author's inbox has it"
        );
        server
            .county(|desk, own| worker::move_to(desk, own, "w1", &[GRIDS[1].into()], &Sightings::default()))
            .unwrap();
        check(&server, "after a worker was moved");
        let erased = visits[1];
        server
            .county(move |desk, own| record::erase(desk, own, erased))
            .unwrap();
        check(&server, "after an erasure");
        let inbox = ScopeId::inbox(PersonId(phones[0].owner.0));
        let reader = server.reader();
        assert!(digest(&reader.snapshot(), inbox, Lane::Rest).unwrap() != Digest::default());
    }
}
