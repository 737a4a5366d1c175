//! A task reaches its assignee, once: it is noted as delivered once an assignment, and not before a phone of its
//! assignee held it; and a cancelled one is known cancelled wherever it is held.

use super::Checked;
use super::watch::Watch;
use crate::model::{Expected, History, predict};
use crate::replay::centre::Row;
use otor_protocol::ids::RecordId;
use otor_protocol::replica::Storage;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One line for every task of which that is not so.
pub fn delivered<S: Storage>(
    phones: &[Checked<S>],
    history: &History,
    rows: &BTreeMap<RecordId, Row>,
    watch: &Watch,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut noted = BTreeSet::new();
    for (task, assignment) in history.commits.iter().flat_map(|commit| &commit.delivered) {
        if !noted.insert((*task, *assignment)) {
            found.push(format!(
                "task {task} was delivered twice in assignment {assignment}"
            ));
        }
    }
    for (id, expected) in predict(history) {
        let Some(row) = rows.get(&id) else { continue };
        let Some(worker) = row.fields.get("assignee").and_then(Value::as_str) else {
            continue;
        };
        let shown = row.fields.get("status").and_then(Value::as_str);
        if shown == Some("delivered") && !watch.has_held(worker, id) {
            found.push(format!(
                "task {id} is shown as delivered, and no phone of {worker} has held it"
            ));
        }
        found.extend(not_there(phones, &expected, id, worker));
    }
    found
}

/// The phones of its assignee that do not have a task.
fn not_there<S: Storage>(
    phones: &[Checked<S>],
    expected: &Expected,
    id: RecordId,
    worker: &str,
) -> Vec<String> {
    let of_theirs = phones
        .iter()
        .filter(|phone| phone.worker == worker && !phone.replica.is_revoked());
    let lacking = of_theirs.filter(|phone| phone.replica.mirrored(id).is_none());
    let what = match expected.status() {
        Some("cancelled") => "has not heard that its task was cancelled:",
        _ => "lacks its task",
    };
    lacking
        .map(|phone| format!("{} {what} {id}", phone.name))
        .collect()
}
