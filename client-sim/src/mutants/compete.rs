//! More of what rules are for than a drawn day has: everybody who holds a record writes on it at the moment one does, and
//! on a task that is given to somebody else; the centre cancels what is being completed; a worker who is moved comes back
//! within the hour; and a phone dies before it hears what became of an attempt.

use crate::trace::{AdminAct, DeviceAct, Edit, Event, Lists, MoveWorker, Step, Trace, What};
use serde_json::json;
use std::collections::BTreeMap;

/// How long after an attempt whose reply is lost the phone dies, in milliseconds.
const DIES_AFTER_MS: i64 = 8_000;
/// The same where the request is still on its way.
const DIES_AT_ONCE_MS: i64 = 1;
/// When a worker who is moved comes back, in milliseconds.
const BACK_AFTER_MS: i64 = 2_400_000;

/// Adds it to a day.
pub(super) fn compete(trace: &mut Trace) {
    let phones: Vec<String> = trace
        .steps
        .iter()
        .filter_map(|step| match &step.what {
            What::Enrol(enrol) => Some(enrol.device.clone()),
            _ => None,
        })
        .collect();
    let homes: BTreeMap<String, Vec<String>> = trace
        .steps
        .iter()
        .filter_map(|step| match &step.what {
            What::Worker(worker) => Some((worker.worker.clone(), worker.areas.clone())),
            _ => None,
        })
        .collect();
    let steps = std::mem::take(&mut trace.steps);
    for step in steps {
        let mut added = beside(&step, &phones);
        added.extend(back(&step, &homes));
        trace.steps.push(step);
        trace.steps.extend(added);
    }
    trace.steps.sort_by_key(|step| step.at_ms);
}

/// A worker who is moved comes back.
fn back(step: &Step, homes: &BTreeMap<String, Vec<String>>) -> Option<Step> {
    let What::Admin(AdminAct::MoveWorker(moved)) = &step.what else {
        return None;
    };
    let home = MoveWorker {
        worker: moved.worker.clone(),
        areas: homes.get(&moved.worker)?.clone(),
    };
    Some(Step {
        line: step.line,
        at_ms: step.at_ms + BACK_AFTER_MS,
        if_possible: true,
        what: What::Admin(AdminAct::MoveWorker(home)),
    })
}

/// On a task that is given to somebody everybody writes who holds it.
fn on_the_task(step: &Step, record: &str, phones: &[String]) -> Vec<Step> {
    let note = Edit {
        record: record.to_owned(),
        append: Lists::from([("notes".to_owned(), vec![json!("9")])]),
        if_held: true,
        ..Edit::default()
    };
    let on = |device: &String| Step {
        line: step.line,
        at_ms: step.at_ms,
        if_possible: true,
        what: What::Device {
            device: device.clone(),
            act: DeviceAct::Edit(note.clone()),
        },
    };
    phones.iter().map(on).collect()
}

fn beside(step: &Step, phones: &[String]) -> Vec<Step> {
    if let What::Admin(AdminAct::Assign(assign)) = &step.what {
        return on_the_task(step, &assign.record, phones);
    }
    let What::Device { device, act } = &step.what else {
        return Vec::new();
    };
    let also = |at_ms: i64, what: What| Step {
        line: step.line,
        at_ms,
        if_possible: true,
        what,
    };
    let others = phones.iter().filter(|phone| *phone != device);
    match act {
        DeviceAct::Edit(edit) => {
            let Some(other) = competing(edit) else {
                return Vec::new();
            };
            let on = |phone: &String| What::Device {
                device: phone.clone(),
                act: DeviceAct::Edit(other.clone()),
            };
            others.map(|phone| also(step.at_ms, on(phone))).collect()
        }
        DeviceAct::Event(event) if event.event == "complete" => {
            let cancel = Event {
                record: event.record.clone(),
                event: "cancel".into(),
                fields: [("reason".to_owned(), json!("safety"))].into(),
                if_held: false,
            };
            vec![also(step.at_ms, What::Admin(AdminAct::Event(cancel)))]
        }
        DeviceAct::Sync(sync) if sync.cut_reply || sync.late_ms.is_some() => {
            let device = device.clone();
            let crash = DeviceAct::Crash;
            let after_ms = match sync.cut_reply {
                true => DIES_AFTER_MS,
                false => DIES_AT_ONCE_MS,
            };
            vec![also(step.at_ms + after_ms, What::Device { device, act: crash })]
        }
        _ => Vec::new(),
    }
}

/// An edit of the same record that competes with one.
fn competing(edit: &Edit) -> Option<Edit> {
    let mut other = Edit {
        record: edit.record.clone(),
        if_held: true,
        ..Edit::default()
    };
    if let Some((name, members)) = edit.remove.iter().next() {
        other.add = Lists::from([(name.clone(), members.clone())]);
    } else if let Some(name) = edit.set.keys().next() {
        let value = match name.as_str() {
            "resident_count" | "severity" => json!(1),
            _ => json!("9"),
        };
        other.set = [(name.clone(), value)].into();
    } else {
        return None;
    }
    Some(other)
}
