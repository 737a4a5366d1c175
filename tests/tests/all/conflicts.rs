//! Edits merged though their authors had not seen what they compete with: marked on the phone and for the centre,
//! once, and merged like any other.

use crate::field::{ELSEWHERE, Field, GRID};
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::record::Edit;
use otor_protocol::replica::OpState;
use otor_protocol::wire::Verdict;
use otor_sim::device::Phone;
use otor_sim::replay::centre::{Centre, FieldEdit, Row};
use serde_json::{Map, json};

fn set(field: &Field, phone: &mut Phone, record: RecordId, name: &str, value: &str) -> Dot {
    let (replica, clock) = phone.desk(field.now_ms).expect("running");
    let edit = Edit {
        set: vec![(name.into(), value.into())],
        ..Edit::default()
    };
    replica.edit(clock, record, &edit).expect("written")
}

fn state(phone: &Phone, dot: Dot) -> Option<OpState> {
    phone.replica().expect("running").op_state(dot)
}

fn row(field: &mut Field, id: RecordId) -> Row {
    let rows = field.centre().rows().expect("rows");
    rows.into_iter().find(|row| row.id == id).expect("the record")
}

/// Two phones of one grid that hold a visit of the first.
fn two_phones() -> (Field, Phone, Phone, RecordId) {
    let mut field = Field::new();
    let (mut one, mut other) = (field.phone("a"), field.phone("b"));
    let visit = field.write(&mut one, GRID);
    field.sync(&mut one);
    field.sync(&mut other);
    (field, one, other, visit)
}

#[test]
fn edit_of_what_another_has_changed_meanwhile_is_merged_and_marked() {
    let (mut field, mut one, mut other, visit) = two_phones();
    let first = set(&field, &mut one, visit, "category", "heating");
    field.now_ms += 60_000;
    let second = set(&field, &mut other, visit, "category", "dispute");
    // The earlier edit arrives last: it loses, and is marked.
    field.sync(&mut other);
    field.sync(&mut one);
    assert_eq!(state(&other, second), Some(OpState::Merged));
    assert_eq!(state(&one, first), Some(OpState::MergedWithConflict));
    let found = row(&mut field, visit);
    assert_eq!(found.fields["category"], "dispute");
    assert_eq!(found.merge_conflicts, 1);
    // The mark stays where the phone starts anew.
    one.restart().expect("it starts");
    assert_eq!(state(&one, first), Some(OpState::MergedWithConflict));
}

#[test]
fn edit_of_what_was_seen_or_is_the_same_or_another_field_is_none() {
    let (mut field, mut one, mut other, visit) = two_phones();
    set(&field, &mut one, visit, "category", "heating");
    field.sync(&mut one);
    field.sync(&mut other);
    let seen = set(&field, &mut other, visit, "category", "dispute");
    field.sync(&mut other);
    let same = set(&field, &mut one, visit, "category", "dispute");
    field.note(&mut one, visit, "another field");
    field.sync(&mut one);
    assert_eq!(state(&other, seen), Some(OpState::Merged));
    assert_eq!(state(&one, same), Some(OpState::Merged));
    assert_eq!(row(&mut field, visit).merge_conflicts, 0);
}

#[test]
fn work_written_early_that_comes_late_counts_as_unseen() {
    let (mut field, mut one, mut other, visit) = two_phones();
    set(&field, &mut one, visit, "category", "heating");
    field.now_ms += 60_000;
    // The other phone hears from the server after that was written, but before it came.
    field.sync(&mut other);
    let blind = set(&field, &mut other, visit, "category", "dispute");
    field.sync(&mut one);
    field.sync(&mut other);
    assert_eq!(state(&other, blind), Some(OpState::MergedWithConflict));
    assert_eq!(row(&mut field, visit).merge_conflicts, 1);
}

#[test]
fn what_is_added_to_a_report_that_was_closed_meanwhile_is_marked_until_an_account_writes() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let fields = Map::from_iter([("title".to_string(), json!("水管冻裂"))]);
    let report = field.centre().create("report", GRID, fields).expect("created");
    field.sync(&mut phone);
    field.note(&mut phone, report, "还在漏");
    field.centre().event(report, "close", Map::new()).expect("closed");
    field.sync(&mut phone);
    let note = phone.replica().expect("running").states_on(report)[0];
    assert_eq!(note.1, OpState::MergedWithConflict);
    assert_eq!(row(&mut field, report).merge_conflicts, 1);
    // Once seen, another note is none.
    field.note(&mut phone, report, "知道了");
    field.sync(&mut phone);
    assert_eq!(row(&mut field, report).merge_conflicts, 1);
    let edit = FieldEdit {
        append: Map::from_iter([("notes".to_string(), json!(["看过了"]))]),
        ..FieldEdit::default()
    };
    field.centre().edit(report, edit).expect("edited");
    assert_eq!(row(&mut field, report).merge_conflicts, 0);
}

#[test]
fn mark_of_an_edit_that_was_kept_aside_and_let_in_later_reaches_its_author() {
    let (mut field, mut one, mut other, visit) = two_phones();
    // Moved away without knowing it, the other writes where they do not answer any more.
    field
        .centre()
        .move_worker("b", &[ELSEWHERE.to_string()])
        .expect("moved");
    set(&field, &mut one, visit, "category", "heating");
    field.sync(&mut one);
    let blind = set(&field, &mut other, visit, "category", "dispute");
    field.sync(&mut other);
    assert!(matches!(state(&other, blind), Some(OpState::Quarantined { .. })));
    field.let_in(blind);
    field.sync(&mut other);
    assert_eq!(state(&other, blind), Some(OpState::MergedWithConflict));
    assert_eq!(row(&mut field, visit).merge_conflicts, 1);
    other.restart().expect("it starts");
    assert_eq!(state(&other, blind), Some(OpState::MergedWithConflict));
}

#[test]
fn second_number_beside_another_is_a_conflict_and_the_mark_survives_a_new_table() {
    let mut field = Field::new();
    let (mut one, mut other) = (field.phone("a"), field.phone("b"));
    let household = {
        let (replica, clock) = one.desk(field.now_ms).expect("running");
        let edit = Edit {
            set: vec![("code".into(), "150821100201001-031".into())],
            ..Edit::default()
        };
        replica
            .create(clock, "household", GRID.parse().expect("a code"), &edit)
            .expect("written")
    };
    field.sync(&mut one);
    field.sync(&mut other);
    set(&field, &mut one, household, "phone", "13904780001");
    let second = set(&field, &mut other, household, "phone", "13904780002");
    field.sync(&mut one);
    field.sync(&mut other);
    assert_eq!(state(&other, second), Some(OpState::MergedWithConflict));
    let told = |phone: &Phone| {
        let lanes = phone.replica().expect("running").lanes();
        let own = lanes[2].op(second.seq).expect("kept").told.clone();
        own.expect("told").verdict
    };
    assert_eq!(told(&other), Verdict::Accepted);
    let before = row(&mut field, household);
    assert_eq!((before.merge_conflicts, before.conflicts.len()), (1, 1));
    field.server.power_cut();
    field.server.start(field.now_ms).expect("it starts");
    assert_eq!(row(&mut field, household), before);
}
