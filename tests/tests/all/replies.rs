//! Replies piece by piece: a first pass over many records, cut anywhere while records come and leave; a bound on
//! the reply, under which what is urgent crosses first and nothing starves.

use crate::field::{ELSEWHERE, Field, GRID};
use otor_protocol::ids::RecordId;
use otor_server::decide::admin;
use otor_server::state::read;
use otor_sim::check::{Checked, differences};
use otor_sim::device::Phone;
use otor_sim::replay::book::Book;
use otor_sim::replay::centre::Centre;
use otor_sim::replay::expect::by_id;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, json};

pub fn create(field: &mut Field, kind: &str, fields: serde_json::Value) -> RecordId {
    let fields: Map<_, _> = fields.as_object().expect("fields").clone();
    field.centre().create(kind, GRID, fields).expect("created")
}

/// Forty characters, each visit's its own: uniform text would pack into a single frame's worth of bytes.
fn note(rng: &mut ChaCha8Rng) -> String {
    (0..40)
        .filter_map(|_| char::from_u32(0x4e00 + rng.random_range(0..5_000)))
        .collect()
}

fn visits(field: &mut Field, count: usize) -> Vec<RecordId> {
    let mut rng = ChaCha8Rng::seed_from_u64(field.now_ms.unsigned_abs());
    (0..count)
        .map(|_| create(field, "visit", json!({"note": note(&mut rng)})))
        .collect()
}

pub fn file_elsewhere(field: &mut Field, record: RecordId) {
    file_under(field, record, ELSEWHERE);
}

pub fn file_under(field: &mut Field, record: RecordId, area: &'static str) {
    let done = field.server.decide(field.now_ms, move |desk| {
        let account =
            read::person_by_code(desk.view, admin::start::FIRST_ACCOUNT)?.expect("the first account");
        admin::record::relocate(desk, &account, record, area)
    });
    done.expect("a running server").expect("filed elsewhere");
}

pub fn assert_agrees(field: &mut Field, phone: &Phone) {
    let rows = by_id(field.centre().rows().expect("rows"));
    let replica = phone.replica().expect("running");
    let checked = [Checked {
        name: &phone.name,
        worker: &phone.worker,
        replica,
    }];
    let found = differences(&checked, &rows, &Book::default());
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn first_pass_cut_again_and_again_while_records_come_and_leave_ends_in_agreement() {
    let mut field = Field::new();
    let records = visits(&mut field, 250);
    let mut phone = field.phone("a");
    let (mut cuts, mut in_vain, mut leaving) = (0, 0, records.iter().step_by(7));
    loop {
        let report = field.exchange(&mut phone, 0, 1_700);
        if report.complete {
            break;
        }
        cuts += 1;
        in_vain = if report.frames > 0 { 0 } else { in_vain + 1 };
        // Until the phone has learned how little its contacts carry, one or two may be in vain.
        assert!(in_vain <= 2 && cuts < 200, "no progress after {cuts} cuts");
        // One that has come already or is still to come leaves; a new one comes.
        if let Some(record) = leaving.next() {
            file_elsewhere(&mut field, *record);
        }
        visits(&mut field, 1);
    }
    assert!(cuts >= 5, "the pass was cut {cuts} times");
    assert_agrees(&mut field, &phone);
}

#[test]
fn under_a_bound_the_urgent_crosses_first_and_the_rest_comes_in_the_end() {
    const BUDGET_BYTES: u32 = 2_048;
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.sync(&mut phone);
    visits(&mut field, 300);
    let task = create(&mut field, "task", json!({"title": "查看水井", "assignee": "a"}));
    let urgent = create(&mut field, "report", json!({"title": "水管爆裂", "severity": 4}));
    let report = create(&mut field, "report", json!({"title": "路灯不亮", "severity": 1}));

    let first = field.exchange(&mut phone, BUDGET_BYTES, usize::MAX);
    assert!(first.complete && first.more);
    let replica = phone.replica().expect("running");
    for waiting in [task, urgent, report] {
        assert!(
            replica.mirrored(waiting).is_some(),
            "{waiting} waits behind visits"
        );
    }
    // The least urgent lane had its share of the very first reply too.
    assert!(
        replica.mirror().count() > 3,
        "{} records",
        replica.mirror().count()
    );

    let mut exchanges = 1;
    while field.exchange(&mut phone, BUDGET_BYTES, usize::MAX).more {
        exchanges += 1;
        assert!(exchanges < 300, "the rest does not come");
    }
    assert_agrees(&mut field, &phone);
}

#[test]
fn under_a_bound_much_that_is_urgent_leaves_a_share_to_the_rest() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.sync(&mut phone);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..100 {
        create(
            &mut field,
            "report",
            json!({"title": note(&mut rng), "severity": 4}),
        );
    }
    let visits = visits(&mut field, 100);
    assert!(field.exchange(&mut phone, 6_000, usize::MAX).more);
    let replica = phone.replica().expect("running");
    let crossed = visits
        .iter()
        .filter(|visit| replica.mirrored(**visit).is_some())
        .count();
    assert!(
        crossed > 0,
        "no visit crossed beside {} urgent reports",
        replica.mirror().count()
    );
    assert!(
        replica.mirror().count() > 2 * crossed,
        "{crossed} visits took the urgent reports' place"
    );
}
