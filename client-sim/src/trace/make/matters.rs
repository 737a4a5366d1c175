//! What makes a week hard: rules that give every report away, departments called to cases, cases raised, demanded and
//! opened again, grids cut, workers who take on another grid.

use super::county::County;
use super::day::OpenReport;
use super::{DAY_MS, EPOCH_MS, MINUTE_MS, Script, worker_ref};
use crate::trace::AdminAct;
use crate::trace::admin::{MoveWorker, SplitArea, Successor};
use crate::trace::step::{Create, DeviceAct, Event, Fields, What};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// One grid in so many is cut, and one worker in so many takes on another grid.
pub(super) const ONE_IN: usize = 50;
/// When grids are cut on the last day, when nothing is given to them any more, in minutes from 07:00.
const CUT_MINUTE: i64 = 600;
/// When workers take on another grid.
const TAKEN_ON_MINUTE: i64 = 300;
/// The departments, each with the place of an officer among the workers.
const DEPARTMENTS: [(&str, usize); 3] = [("housing", 0), ("power", 1), ("police", 2)];

/// The rules of the week.
pub(super) fn rules(script: &mut Script, workers: usize) {
    let departments: Vec<Value> = DEPARTMENTS
        .iter()
        .map(|(code, officer)| json!({"code": code, "name": code, "officers": [worker_ref(officer % workers)]}))
        .collect();
    let rules = json!({
        "dispatch": [
            {"name": "bad", "severity_min": 4, "to": {"department": "housing"}, "due_minutes": 600, "level": "township"},
            {"name": "all else", "to": "grid", "due_minutes": 1440},
        ],
        "departments": departments,
        "escalation": [{"from": "grid", "to": "village", "due_minutes": 720},
                       {"from": "village", "to": "township", "due_minutes": 720},
                       {"from": "township", "to": "county"}],
    });
    script.push(0, What::Admin(AdminAct::Rules(rules)));
}

/// What befalls yesterday's open reports on a day.
pub(super) fn befall(
    script: &mut Script,
    county: &County,
    start_ms: i64,
    reports: &[OpenReport],
    rng: &mut ChaCha8Rng,
) {
    for report in reports {
        let mut act = |minute: i64, act: AdminAct| {
            script.push(start_ms + minute * MINUTE_MS, What::Admin(act));
        };
        match rng.random_range(0..8) {
            0 | 1 => {
                let whistle = format!("b-{}", report.record);
                let grid = &county.grids[county.grid_of_worker[report.worker]];
                let fields = fields(json!({
                    "reason": "跨部门，请到现场", "report": report.record, "lead": "housing", "invited": ["power"],
                }));
                act(
                    100,
                    AdminAct::Create(Create {
                        record: whistle.clone(),
                        kind: "whistle".into(),
                        area: Some(grid.code.clone()),
                        fields,
                    }),
                );
                let reply = json!({"department": "housing", "text": "已到现场"});
                act(200, event(&whistle, "reply", reply));
                // Some are not over by the evening, when their case's worker means to close it.
                if rng.random_bool(0.7) {
                    act(300, event(&whistle, "excuse", json!({"department": "power"})));
                }
            }
            2 => act(110, event(&report.record, "escalate", json!({"level": "county"}))),
            3 => {
                let due = EPOCH_MS + start_ms + 12 * 60 * MINUTE_MS;
                act(
                    120,
                    event(
                        &report.record,
                        "supervise",
                        json!({"demand": "当日办结", "due": due}),
                    ),
                );
            }
            4 => act(
                860,
                event(&report.record, "reopen", json!({"reason": "仍未解决"})),
            ),
            5 => super::village::evaluation(script, county, start_ms, report, rng),
            _ => {}
        }
    }
    // Two of yesterday's are the same matter, says each of the other.
    for pair in reports.chunks(2).step_by(4) {
        if let [one, other] = pair {
            for (minute, one, other) in [(130, one, other), (140, other, one)] {
                let mark = event(&other.record, "mark_duplicate", json!({"of": one.record}));
                script.push(start_ms + minute * MINUTE_MS, What::Admin(mark));
            }
        }
    }
}

/// Workers take on a neighbour's grid beside their own, for a day; on the last day grids are cut.
pub(super) fn reshape(script: &mut Script, county: &County, (day, days): (usize, usize), one_in: usize) {
    let last = day + 1 == days;
    let start_ms = day as i64 * DAY_MS;
    let grids = &county.grids;
    let takes_on = |worker: usize, day: usize| (worker + day * 7).is_multiple_of(one_in);
    for worker in 0..county.grid_of_worker.len() {
        let own = county.grid_of_worker[worker];
        let other = (own + 1) % grids.len();
        let mut areas = vec![grids[own].code.clone()];
        if takes_on(worker, day) && !last {
            if other != own {
                areas.push(grids[other].code.clone());
            }
        } else if day == 0 || !takes_on(worker, day - 1) {
            continue;
        }
        let moved = MoveWorker {
            worker: worker_ref(worker),
            areas,
        };
        let at_ms = start_ms + TAKEN_ON_MINUTE * MINUTE_MS;
        script.push(at_ms, What::Admin(AdminAct::MoveWorker(moved)));
    }
    if !last {
        return;
    }
    for grid in grids.iter().step_by(one_in) {
        let (village, number) = grid.code.split_at(grid.code.len() - 3);
        let part = |first: char| Successor {
            code: format!("{village}{first}{}", &number[1..]),
            name: Some(format!("{}{first}", grid.name)),
        };
        let split = SplitArea {
            area: grid.code.clone(),
            into: vec![part('8'), part('9')],
        };
        let at_ms = start_ms + CUT_MINUTE * MINUTE_MS;
        script.push(at_ms, What::Admin(AdminAct::SplitArea(split)));
    }
}

/// Fields or arguments by name.
pub(super) fn fields(values: Value) -> Fields {
    values
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// An event on a phone, if it holds the record.
pub(super) fn device_event(record: &str, name: &str, arguments: Value) -> DeviceAct {
    DeviceAct::Event(Event {
        record: record.into(),
        event: name.into(),
        fields: fields(arguments),
        if_held: true,
    })
}

/// An event of the centre.
pub(super) fn event(record: &str, name: &str, arguments: Value) -> AdminAct {
    AdminAct::Event(Event {
        record: record.into(),
        event: name.into(),
        fields: fields(arguments),
        if_held: false,
    })
}
