//! Pulls: what incremental ones add up to, whatever is written meanwhile; departures, erasures, cursors.

use super::{BadCursor, Pull, PullFilter, page};
use crate::decide::admin::record::{self, NewRecord, RecordEdit, RecordEvent};
use crate::service::row::{Row, RowState};
use crate::test_server::{FAR_GRID, GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Position, RecordId};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

const AREAS: [&str; 3] = [GRIDS[0], GRIDS[1], FAR_GRID];
const KINDS: [&str; 2] = ["household", "visit"];

fn create(server: &mut TestServer, kind: &str, area: &str) -> RecordId {
    let request = NewRecord {
        kind: kind.into(),
        area: area.into(),
        fields: Map::new(),
    };
    let created = server.county(move |desk, own| record::create(desk, own, &request));
    created.expect("created").record().expect("an id")
}

fn note(server: &mut TestServer, id: RecordId, text: &str) {
    let request = RecordEdit {
        append: json!({ "notes": [text] }).as_object().expect("an object").clone(),
        ..RecordEdit::default()
    };
    server
        .county(move |desk, own| record::edit(desk, own, id, &request))
        .expect("edited");
}

fn say(server: &mut TestServer, id: RecordId, event: &str, fields: Json) {
    let request = RecordEvent {
        event: event.into(),
        fields: fields.as_object().cloned().expect("arguments"),
    };
    server
        .county(move |desk, own| record::event(desk, own, id, &request))
        .expect("it is said");
}

fn begin(server: &TestServer, filter: &PullFilter, cursor: Option<&str>) -> Result<Pull, BadCursor> {
    let reader = server.reader();
    let view = reader.snapshot();
    Pull::begin(&view, view.published(), filter.clone(), cursor).expect("readable")
}

fn next_page(server: &TestServer, pull: &Pull, after: Position) -> (Vec<Row>, Option<Position>) {
    let reader = server.reader();
    let page = page(&reader.snapshot(), &Catalogue::built_in(), pull, after).expect("readable");
    (page.rows, page.next)
}

fn all_pages(server: &TestServer, pull: &Pull) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut after = Some(pull.start());
    while let Some(position) = after {
        let (more, next) = next_page(server, pull, position);
        rows.extend(more);
        after = next;
    }
    rows
}

fn of_area(area: &str) -> PullFilter {
    PullFilter {
        area: Some(area.parse().expect("a code")),
        ..PullFilter::default()
    }
}

fn of_kind(kind: &str) -> PullFilter {
    PullFilter {
        kind: Catalogue::built_in().kind_named(kind).map(|kind| kind.id),
        ..PullFilter::default()
    }
}

/// Somebody who pulls every night and keeps what has come.
struct Puller {
    filter: PullFilter,
    cursor: Option<String>,
    kept: BTreeMap<String, Row>,
}

impl Puller {
    fn new(filter: PullFilter) -> Self {
        Puller {
            filter,
            cursor: None,
            kept: BTreeMap::new(),
        }
    }

    fn take(&mut self, rows: Vec<Row>) {
        for row in rows {
            if row.state == RowState::Left {
                self.kept.remove(&row.id);
            } else {
                self.kept.insert(row.id.clone(), row);
            }
        }
    }

    fn pull(&mut self, server: &TestServer) {
        let pull = begin(server, &self.filter, self.cursor.as_deref()).expect("a good cursor");
        self.take(all_pages(server, &pull));
        self.cursor = Some(pull.next_cursor().encode());
    }
}

#[test]
fn row_of_a_double_is_as_it_was_whatever_becomes_of_its_case() {
    let mut server = TestServer::new();
    let [first, double, third] = [(); 3].map(|()| create(&mut server, "report", GRIDS[0]));
    say(
        &mut server,
        double,
        "mark_duplicate",
        json!({ "of": first.to_string() }),
    );
    let mut puller = Puller::new(PullFilter::default());
    puller.pull(&server);
    let row = puller.kept[&double.to_string()].clone();
    assert_eq!(row.fields["duplicate_of"], first.to_string());
    say(&mut server, first, "close", json!({"outcome": "已修好"}));
    say(
        &mut server,
        first,
        "mark_duplicate",
        json!({ "of": third.to_string() }),
    );
    puller.pull(&server);
    assert_eq!(puller.kept[&double.to_string()], row);
    let mut full = Puller::new(PullFilter::default());
    full.pull(&server);
    assert_eq!(puller.kept, full.kept);
}

#[test]
fn a_record_changed_while_a_pull_runs_comes_with_the_next() {
    const SECOND_PAGE: usize = 12;
    let count = super::PAGE_ENTRIES + SECOND_PAGE;
    let mut server = TestServer::new();
    let ids: Vec<RecordId> = (0..count)
        .map(|_| create(&mut server, "visit", GRIDS[0]))
        .collect();
    let mut puller = Puller::new(PullFilter::default());
    let pull = begin(&server, &puller.filter, None).expect("no cursor");
    let (first, next) = next_page(&server, &pull, pull.start());
    assert_eq!(first.len(), super::PAGE_ENTRIES);
    puller.take(first);
    note(&mut server, ids[0], "of the first page");
    note(&mut server, ids[count - 1], "of the second page");
    let late = create(&mut server, "visit", GRIDS[0]);
    let (second, end) = next_page(&server, &pull, next.expect("a second page"));
    assert_eq!(
        (second.len(), end),
        (SECOND_PAGE - 1, None),
        "the changed one has moved beyond the end"
    );
    puller.take(second);
    puller.cursor = Some(pull.next_cursor().encode());
    let third = begin(&server, &puller.filter, puller.cursor.as_deref()).expect("a good cursor");
    let third = all_pages(&server, &third);
    let came: Vec<&str> = third.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(
        came,
        [ids[0].to_string(), ids[count - 1].to_string(), late.to_string()]
    );
    puller.take(third);
    let mut full = Puller::new(PullFilter::default());
    full.pull(&server);
    assert_eq!(puller.kept, full.kept);
}

#[test]
fn a_departure_is_told_once_to_those_who_had_the_record() {
    let mut server = TestServer::new();
    let id = create(&mut server, "report", GRIDS[0]);
    let village = of_area("150821100201");
    let mut puller = Puller::new(village.clone());
    puller.pull(&server);
    server
        .county(move |desk, own| record::relocate(desk, own, id, FAR_GRID))
        .expect("relocated");
    let pull = begin(&server, &village, puller.cursor.as_deref()).expect("a good cursor");
    let rows = all_pages(&server, &pull);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].state, rows[0].area.as_str()), (RowState::Left, GRIDS[0]));
    assert!(rows[0].fields.is_empty());
    let again = pull.next_cursor().encode();
    let again = begin(&server, &village, Some(&again)).expect("a good cursor");
    assert_eq!(all_pages(&server, &again), []);
    let anew = begin(&server, &village, None).expect("no cursor");
    assert_eq!(all_pages(&server, &anew), [], "who begins anew never had it");
}

#[test]
fn an_erasure_is_told_without_the_personal_fields() {
    let mut server = TestServer::new();
    let id = create(&mut server, "household", GRIDS[0]);
    note(&mut server, id, "personal");
    let mut puller = Puller::new(PullFilter::default());
    puller.pull(&server);
    server
        .county(move |desk, own| record::erase(desk, own, id))
        .expect("erased");
    puller.pull(&server);
    let row = &puller.kept[&id.to_string()];
    let kept: Vec<&str> = row.fields.keys().map(String::as_str).collect();
    assert_eq!((row.state, kept), (RowState::Erased, vec!["status"]));
}

#[test]
fn changes_are_chosen_by_the_time_they_were_received() {
    let mut server = TestServer::new();
    let begin_ms = server.now_ms;
    let ids: Vec<RecordId> = (0..3)
        .map(|_| {
            server.now_ms += 1_000;
            create(&mut server, "visit", GRIDS[0])
        })
        .collect();
    server.now_ms += 1_000;
    note(&mut server, ids[0], "later");
    let filter = PullFilter {
        since_ms: Some(begin_ms + 2_000),
        until_ms: Some(begin_ms + 4_000),
        ..PullFilter::default()
    };
    let rows = all_pages(&server, &begin(&server, &filter, None).expect("no cursor"));
    let came: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(came, [ids[1].to_string(), ids[2].to_string()]);
}

#[test]
fn a_cursor_of_another_history_filter_or_make_is_refused() {
    let server = TestServer::new();
    let whole = PullFilter::default();
    let cursor = begin(&server, &whole, None).expect("no cursor").next_cursor();
    assert!(begin(&server, &whole, Some(&cursor.encode())).is_ok());
    let other = super::PullCursor {
        incarnation: cursor.incarnation + 1,
        ..cursor
    };
    assert_eq!(
        begin(&server, &whole, Some(&other.encode())),
        Err(BadCursor::OtherHistory)
    );
    let ahead = super::PullCursor {
        commit: cursor.commit + 1,
        ..cursor
    };
    assert_eq!(
        begin(&server, &whole, Some(&ahead.encode())),
        Err(BadCursor::OtherHistory)
    );
    let area = of_area(GRIDS[0]);
    assert_eq!(
        begin(&server, &area, Some(&cursor.encode())),
        Err(BadCursor::OtherFilter)
    );
    for text in ["x", "AAAA", "@@@@", "2026-03-02"] {
        assert_eq!(begin(&server, &whole, Some(text)), Err(BadCursor::Malformed));
    }
}

/// One step of somebody's day.
#[derive(Clone, Debug)]
enum Step {
    Create { kind: usize, area: usize },
    Note { record: usize },
    Relocate { record: usize, area: usize },
    Erase { record: usize },
    Pull { puller: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..KINDS.len(), 0..AREAS.len()).prop_map(|(kind, area)| Step::Create { kind, area }),
        4 => (0..40usize).prop_map(|record| Step::Note { record }),
        3 => (0..40usize, 0..AREAS.len()).prop_map(|(record, area)| Step::Relocate { record, area }),
        1 => (0..40usize).prop_map(|record| Step::Erase { record }),
        3 => (0..4usize).prop_map(|puller| Step::Pull { puller }),
    ];
    prop::collection::vec(step, 1..80)
}

fn take_step(server: &mut TestServer, ids: &mut Vec<RecordId>, pullers: &mut [Puller], step: &Step) {
    let named = |ids: &[RecordId], record: usize| ids.get(record % ids.len().max(1)).copied();
    match *step {
        Step::Create { kind, area } => ids.push(create(server, KINDS[kind], AREAS[area])),
        Step::Note { record } => {
            if let Some(id) = named(ids, record) {
                note(server, id, "again");
            }
        }
        Step::Relocate { record, area } => {
            if let Some(id) = named(ids, record) {
                let done = server.county(move |desk, own| record::relocate(desk, own, id, AREAS[area]));
                done.expect("relocated");
            }
        }
        Step::Erase { record } => {
            if let Some(id) = named(ids, record) {
                server
                    .county(move |desk, own| record::erase(desk, own, id))
                    .expect("erased");
            }
        }
        Step::Pull { puller } => pullers[puller].pull(server),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn incremental_pulls_add_up_to_a_full_one(steps in steps()) {
        let mut server = TestServer::new();
        let mut ids = Vec::new();
        let filters = [PullFilter::default(), of_area("150821100"), of_area(FAR_GRID), of_kind("visit")];
        let mut pullers = filters.clone().map(Puller::new);
        for step in &steps {
            server.now_ms += 1;
            take_step(&mut server, &mut ids, &mut pullers, step);
        }
        for (puller, filter) in pullers.iter_mut().zip(filters) {
            puller.pull(&server);
            let mut full = Puller::new(filter);
            full.pull(&server);
            prop_assert_eq!(&puller.kept, &full.kept);
        }
    }
}
