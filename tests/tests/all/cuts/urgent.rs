//! Under a bound what is urgent crosses first, up as well as down, while a thousand visits wait.

use super::link::Carrier;
use crate::field::{Field, GRID};
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use otor_sim::device::Wish;
use otor_sim::replay::centre::Centre;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

const BUDGET: Wish = Wish {
    reply_budget_bytes: 2_048,
    request_budget_bytes: 2_048,
    is_bare: false,
    wait_ms: 0,
};

fn text(rng: &mut ChaCha8Rng, chars: usize) -> String {
    (0..chars)
        .filter_map(|_| char::from_u32(0x4e00 + rng.random_range(0..5_000)))
        .collect()
}

#[test]
fn with_two_kilobytes_on_gprs_a_task_and_an_urgent_report_cross_in_one_exchange() {
    let mut complete = 0;
    for seed in 1..=5 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut field = Field::new();
        let mut phone = field.phone("a");
        field.sync(&mut phone);
        // A thousand visits wait on either side.
        for _ in 0..500 {
            let fields = json!({"note": text(&mut rng, 60)});
            let fields = fields.as_object().expect("fields").clone();
            field.centre().create("visit", GRID, fields).expect("created");
        }
        let now_ms = field.now_ms;
        let grid: otor_protocol::area::AreaCode = GRID.parse().expect("a grid");
        let mut write = |kind: &str, set: Vec<(String, Value)>| {
            let (replica, clock) = phone.desk(now_ms).expect("running");
            let edit = Edit {
                set,
                ..Edit::default()
            };
            replica.create(clock, kind, grid.clone(), &edit).expect("written")
        };
        for _ in 0..500 {
            let note = text(&mut rng, 60);
            write("visit", vec![("note".into(), note.as_str().into())]);
        }
        let title = ("title".to_owned(), Value::from("水管爆裂"));
        let report = write("report", vec![title, ("severity".into(), Value::Int(4))]);
        let task = json!({"title": "查看水井", "assignee": "a"});
        let task = task.as_object().expect("fields").clone();
        let task = field.centre().create("task", GRID, task).expect("created");

        let mut carrier = Carrier::of("gprs_rural", seed, field.now_ms);
        let first = loop {
            if let Some(report) = carrier.attempt(&mut field, &mut phone, BUDGET) {
                break report;
            }
        };
        // The link may cut even this; what is urgent has crossed by then, or nothing has.
        let rows = field.centre().rows().expect("rows");
        let replica = phone.replica().expect("running");
        let crossed = |reported: bool| {
            assert!(reported, "seed {seed}: the report waits behind visits");
            assert!(replica.mirrored(task).is_some(), "seed {seed}: the task waits");
        };
        if first.complete {
            complete += 1;
            crossed(rows.iter().any(|row| row.id == report));
            assert!(first.more && replica.unsent() > 400);
            // The visits had a share of it, either way.
            assert!(replica.unsent() < 501 && replica.mirror().count() > 2);
            let counts = phone.statistics;
            assert!(counts.bytes_up < 3_600 && counts.bytes_down < 3_600, "{counts:?}");
        }
    }
    assert!(complete >= 3, "{complete} of five were complete");
}
