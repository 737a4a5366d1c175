//! More of what rules are for than a drawn day has: everybody who holds a record writes on it at the moment one does,
//! the centre cancels what is being completed, and a phone dies before it hears what became of an attempt.

use crate::trace::{AdminAct, DeviceAct, Edit, Event, Lists, Step, Trace, What};
use serde_json::json;

/// How long after an attempt whose reply is lost the phone dies, in milliseconds.
const DIES_AFTER_MS: i64 = 8_000;

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
    let steps = std::mem::take(&mut trace.steps);
    for step in steps {
        let added = beside(&step, &phones);
        trace.steps.push(step);
        trace.steps.extend(added);
    }
    trace.steps.sort_by_key(|step| step.at_ms);
}

fn beside(step: &Step, phones: &[String]) -> Vec<Step> {
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
        DeviceAct::Sync(sync) if sync.cut_reply => {
            let device = device.clone();
            let crash = DeviceAct::Crash;
            vec![also(
                step.at_ms + DIES_AFTER_MS,
                What::Device { device, act: crash },
            )]
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
