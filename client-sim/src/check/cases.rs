//! Reports of one matter are one case, whichever of them is looked at: its first report, how far that is, and how it ended,
//! as the marks that stand say. So it is at the server, and in the lists of a phone that holds them all.

use super::Checked;
use crate::model::{Case, Expected, History, cases as predicted, marks, predict};
use crate::replay::centre::Row;
use crate::replay::coverage::Coverage;
use otor_protocol::catalogue::built_in::report;
use otor_protocol::ids::{Dot, Level, RecordId};
use otor_protocol::lifecycle::linked;
use otor_protocol::replica::Storage;
use otor_protocol::wire::Verdict;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What is told of cases: what is otherwise than it should be, a line each, and which sorts of cases there were.
pub fn cases<S: Storage>(
    phones: &[Checked<S>],
    history: &History,
    rows: &BTreeMap<RecordId, Row>,
) -> (Vec<String>, Coverage) {
    let records = predict(history);
    let cases = predicted(&records);
    let case_of: BTreeMap<RecordId, &Case> = cases
        .iter()
        .flat_map(|case| case.reports.iter().map(move |id| (*id, case)))
        .collect();
    let mut found = Vec::new();
    for row in rows.values().filter(|row| row.kind == "report") {
        let told =
            ["case", "case_status", "case_outcome"].map(|name| row.fields.get(name).and_then(Json::as_str));
        let case = case_of.get(&row.id);
        let first = case.and_then(|case| case.reports.first()).unwrap_or(&row.id);
        let of_first = case.filter(|_| *first != row.id);
        let should = [
            Some(first.to_string()),
            of_first.and_then(|case| case.status).map(str::to_owned),
            of_first.and_then(|case| case.outcome.clone()),
        ];
        // A number that nothing is under may be the old one of a copy's report, which is shown under its present one.
        let is_known = case.is_none_or(|case| case.reports.iter().all(|id| rows.contains_key(id)));
        if is_known && told != should.each_ref().map(Option::as_deref) {
            found.push(format!(
                "report {} is shown in case {told:?}, not {should:?}",
                row.id
            ));
        }
    }
    for phone in phones {
        found.extend(on_phone(phone, &records, &case_of, rows));
    }
    (found, met(history, &records, &cases))
}

/// Statuses of a report that is open.
const OPEN: [&str; 3] = ["reported", "assigned", "handling"];

/// Open cases that a phone lists otherwise, or does not list, though it holds all their reports as they are. What it has
/// not sent, or was kept aside, it shows besides.
fn on_phone<S: Storage>(
    phone: &Checked<S>,
    records: &BTreeMap<RecordId, Expected>,
    case_of: &BTreeMap<RecordId, &Case>,
    rows: &BTreeMap<RecordId, Row>,
) -> Vec<String> {
    let (name, replica) = (phone.name, phone.replica);
    if replica.is_revoked() || replica.unsent() > 0 {
        return Vec::new();
    }
    // An own report that is kept aside, or an own mark that is, may make it another case here.
    let mut aside = BTreeSet::new();
    for id in replica.tray().into_iter().filter_map(|entry| entry.record) {
        aside.extend(replica.view(id).iter().flat_map(linked).chain([id]));
    }
    let is_held = |id: &RecordId| {
        let state = rows.get(id).and_then(|row| row.state.clone());
        state.is_some() && replica.mirrored(*id).map(|record| record.encode()) == state
    };
    // A mark may name what is no report: it belongs to the case, and a list of reports has none of it.
    let is_report = |id: &RecordId| rows.get(id).is_none_or(|row| row.kind == "report");
    // Of a report that it does not hold a phone goes by what it was told, also where that mark was taken back.
    let names_others = |id: &RecordId| {
        let record = replica.mirrored(*id);
        let mut linked = record.map(linked).into_iter().flatten();
        linked.any(|other| is_report(&other) && !is_held(&other))
    };
    let open = replica.open_cases(None).into_iter();
    let listed: BTreeMap<RecordId, _> = open.map(|open| (open.record, open)).collect();
    let held = replica.mirror().map(|record| record.id).filter(is_report);
    let ids: BTreeSet<RecordId> = held.chain(listed.keys().copied()).collect();
    let wrong = ids.into_iter().filter_map(|id| {
        let alone = BTreeSet::from([id]);
        let named = case_of.get(&id).map_or(&alone, |case| &case.reports);
        let should: BTreeSet<RecordId> = named.iter().copied().filter(is_report).collect();
        let mut shown = BTreeSet::new();
        if let Some(open) = listed.get(&id) {
            shown.extend(open.also.iter().copied().chain([id]));
        }
        let mut met = shown.union(&should);
        if !should.iter().all(is_held) || met.any(|id| aside.contains(id) || names_others(id)) {
            return None;
        }
        // Of a case its first report stands for all.
        let first = named.first().filter(|first| is_report(first));
        let is_open = records
            .get(&id)
            .and_then(Expected::status)
            .is_some_and(|status| OPEN.contains(&status));
        let is_due = is_open && first.is_none_or(|first| *first == id);
        match listed.get(&id) {
            None if is_due => Some(format!("{name} does not list {id}, which is open")),
            Some(_) if !is_due => Some(format!("{name} lists {id} as an open case, and it is none")),
            Some(open) if shown != should || Some(&open.case) != named.first() => {
                Some(format!("{name} lists {shown:?} as one case, not {should:?}"))
            }
            _ => None,
        }
    });
    wrong.collect()
}

/// Which sorts of marks and cases there were.
fn met(history: &History, records: &BTreeMap<RecordId, Expected>, cases: &[Case]) -> Coverage {
    let mut coverage = Coverage::default();
    let marks = marks(records);
    let came = accepted_at(history);
    for (id, record) in records {
        let words = record
            .events
            .iter()
            .filter(|event| matches!(event.event, report::MARK_DUPLICATE | report::UNMARK_DUPLICATE));
        let words: Vec<_> = words.collect();
        let named: BTreeSet<_> = words.iter().map(|word| (word.author, &word.args)).collect();
        let by = |centre: bool| words.iter().any(|word| (word.level > Level::WORKER) == centre);
        let of = marks.get(id);
        let other = of.and_then(|of| records.get(of));
        let next = of.and_then(|of| marks.get(of));
        let came_later = of.and_then(|of| came.get(&of.0)).is_some_and(|(came_at, _)| {
            let marked_at = words.iter().filter_map(|word| came.get(&word.dot));
            marked_at.map(|(commit, _)| commit).min() < Some(came_at)
        });
        let released = of.and_then(|of| came.get(&of.0)).is_some_and(|(_, again)| *again);
        let sorts = [
            ("by_worker", by(false)),
            ("by_centre", by(true)),
            ("taken_back", !words.is_empty() && of.is_none()),
            ("other_words", named.len() > 1),
            ("chain", next.is_some_and(|next| next != id)),
            ("circle", next == Some(id)),
            (
                "of_other_area",
                other.is_some_and(|other| other.area != record.area),
            ),
            ("of_absent", of.is_some() && other.is_none()),
            (
                "of_no_report",
                other.is_some_and(|other| other.kind != record.kind),
            ),
            ("of_erased", other.is_some_and(|other| !other.erased.is_empty())),
            ("of_later", came_later),
            ("of_released", released),
        ];
        for (sort, _) in sorts.iter().filter(|(_, so)| *so) {
            coverage.hit(&format!("double.{sort}"));
        }
    }
    let ended = cases.iter().filter(|case| case.outcome.is_some());
    coverage.add("double.end_told", ended.count() as u64);
    coverage
}

/// The commit by which each op counts, and whether it had been kept aside before.
fn accepted_at(history: &History) -> BTreeMap<Dot, (u64, bool)> {
    let mut came = BTreeMap::new();
    for commit in &history.commits {
        let at_once = commit.ops.iter().map(|op| (op.dot, &op.verdict, false));
        let again = commit.again.iter().map(|(dot, verdict)| (*dot, verdict, true));
        for (dot, _, again) in at_once
            .chain(again)
            .filter(|(_, verdict, _)| **verdict == Verdict::Accepted)
        {
            came.insert(dot, (commit.number, again));
        }
    }
    came
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Checked;
    use crate::check::tests::row_of;
    use crate::device::{Crossing, Phone, PhoneStorage, fixture};
    use crate::model::{Commit, JournaledOp};
    use otor_protocol::ids::{ActorId, Lane, PersonId};
    use otor_protocol::op::{Body, Change, EventId, Facts, KindId, Op};
    use otor_protocol::record::{Edit, Record};
    use otor_protocol::stamp::Stamp;
    use otor_protocol::value::Value;
    use otor_protocol::wire;
    use serde_json::json;

    const NOBODY: [Checked<PhoneStorage>; 0] = [];

    fn id(seq: u64) -> RecordId {
        RecordId(Dot::new(ActorId(2), seq))
    }

    fn op(seq: u64, body: Body) -> JournaledOp {
        let ms = seq as i64 * 1_000;
        JournaledOp {
            dot: id(seq).0,
            op: wire::encode(&Op {
                author: PersonId(1),
                uptime_ms: ms,
                body,
            }),
            facts: Facts {
                stamp: Stamp::at_ms(ms),
                claimed_ms: ms,
                level: Level::WORKER,
                uncertain: false,
            },
            verdict: Verdict::Accepted,
            by_phone: true,
            conflict: false,
        }
    }

    fn said(seq: u64, record: RecordId, event: EventId, args: Vec<(u8, Value)>) -> JournaledOp {
        let round = 1;
        let changes = vec![Change::Event { event, round, args }];
        op(seq, Body::Edit { record, changes })
    }

    fn creation(seq: u64) -> JournaledOp {
        let body = Body::Create {
            kind: KindId(3),
            area: "150821100201001".parse().unwrap(),
            changes: Vec::new(),
        };
        op(seq, body)
    }

    /// Three reports: the third is marked as a double of the second, that of the first, and the first is closed.
    fn history() -> History {
        let of = |id| vec![(report::OF, Value::Record(id))];
        let outcome = vec![(report::OUTCOME, Value::Text("已修好".into()))];
        let ops = vec![
            creation(1),
            creation(2),
            creation(3),
            said(4, id(3), report::MARK_DUPLICATE, of(id(2))),
            said(5, id(2), report::MARK_DUPLICATE, of(id(1))),
            said(6, id(1), report::CLOSE, outcome),
        ];
        let commit = Commit {
            number: 1,
            ops,
            ..Commit::default()
        };
        History {
            commits: vec![commit],
        }
    }

    fn row(seq: u64, fields: Json) -> (RecordId, Row) {
        let op = wire::decode::<Op>(&creation(seq).op).unwrap();
        let record = Record::create(id(seq).0, Lane::Reports, &op, creation(seq).facts);
        let row = Row {
            kind: "report".into(),
            fields: fields.as_object().cloned().unwrap_or_default(),
            ..row_of(&record.unwrap())
        };
        (row.id, row)
    }

    #[test]
    fn report_that_is_shown_in_another_case_or_with_another_end_is_told() {
        let first = id(1).to_string();
        let double = json!({"case": first, "case_status": "closed", "case_outcome": "已修好"});
        let told = |third: Json| {
            let rows = [
                row(1, json!({"case": first})),
                row(2, double.clone()),
                row(3, third),
            ];
            cases(&NOBODY, &history(), &rows.into()).0.len()
        };
        assert_eq!(told(double.clone()), 0);
        assert_eq!(
            told(json!({"case": id(2).to_string()})),
            1,
            "one mark is passed over"
        );
        assert_eq!(
            told(json!({"case": first, "case_status": "reported"})),
            1,
            "as it was"
        );
    }

    /// A phone whose worker wrote a report, and closed it or not; all of it merged.
    fn phone_with_a_report(closed: bool) -> (Phone, RecordId) {
        let mut phone = fixture::enrolled_phone();
        let (replica, clock) = phone.desk(500).unwrap();
        let report = replica
            .create(clock, "report", fixture::grid(), &Edit::default())
            .unwrap();
        if closed {
            let edit = Edit {
                event: Some(("close".to_owned(), Vec::new())),
                ..Edit::default()
            };
            replica.edit(clock, report, &edit).unwrap();
        }
        let mut exchange = phone.begin_exchange(1_000, 0).unwrap();
        let mut reader = wire::FrameReader::default();
        reader.push(&exchange.frames()[0]);
        let hello = reader.next_frame().unwrap().unwrap().payload;
        let reply = fixture::reply_acknowledging(&hello, phone.replica().unwrap());
        exchange.handle_bytes(&mut phone, &reply).unwrap();
        exchange.finish(&mut phone, &Crossing::default()).unwrap();
        (phone, report)
    }

    /// What is told of the phone's lists where the report should be closed, or open.
    fn told_of_lists(closed_on_phone: bool, should_be_closed: bool) -> Vec<String> {
        let (phone, id) = phone_with_a_report(closed_on_phone);
        let replica = phone.replica().unwrap();
        let close = said(9, id, report::CLOSE, Vec::new());
        let create = JournaledOp {
            dot: id.0,
            ..creation(1)
        };
        let ops = [create].into_iter().chain(should_be_closed.then_some(close));
        let commit = Commit {
            ops: ops.collect(),
            ..Commit::default()
        };
        let records = predict(&History {
            commits: vec![commit],
        });
        let row = Row {
            kind: "report".into(),
            ..row_of(replica.mirrored(id).unwrap())
        };
        let checked = Checked {
            name: &phone.name,
            worker: &phone.worker,
            replica,
        };
        on_phone(&checked, &records, &BTreeMap::new(), &[(id, row)].into())
    }

    #[test]
    fn open_report_that_is_not_listed_and_closed_one_that_is_are_told() {
        let counts = [(false, false), (true, true), (true, false), (false, true)]
            .map(|(closed, should_be)| told_of_lists(closed, should_be).len());
        assert_eq!(counts, [0, 0, 1, 1]);
    }

    #[test]
    fn chain_is_counted_as_what_it_is() {
        let met = cases(&NOBODY, &history(), &BTreeMap::new()).1;
        let counts = ["by_worker", "chain", "end_told", "circle", "by_centre"];
        let counts = counts.map(|name| met.count(&format!("double.{name}")));
        assert_eq!(counts, [2, 1, 1, 0, 0]);
    }
}
