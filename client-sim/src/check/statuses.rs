//! Statuses equal the fold of their history: what rows and phones show is what the model makes of the accepted events.

use super::Checked;
use crate::model::{History, predict};
use crate::replay::centre::Row;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::RecordId;
use otor_protocol::lifecycle;
use otor_protocol::replica::Storage;
use serde_json::Value;
use std::collections::BTreeMap;

/// One line for every status that is otherwise.
pub fn statuses<S: Storage>(
    phones: &[Checked<S>],
    history: &History,
    rows: &BTreeMap<RecordId, Row>,
) -> Vec<String> {
    let catalogue = Catalogue::built_in();
    let mut found = Vec::new();
    for (id, expected) in predict(history) {
        let Some(should) = expected.status else { continue };
        let shown = rows
            .get(&id)
            .and_then(|row| row.fields.get("status"))
            .and_then(Value::as_str);
        // That a task has reached its assignee is no event of its history.
        let delivered = should == "issued" && shown == Some("delivered");
        if shown != Some(should) && !delivered {
            found.push(format!("record {id} is shown as {shown:?}, and is {should}"));
        }
        for phone in phones.iter().filter(|phone| !phone.replica.is_revoked()) {
            let Some(record) = phone.replica.mirrored(id) else {
                continue;
            };
            let status = catalogue
                .kind(record.kind)
                .and_then(|kind| lifecycle::status(kind, record));
            if status.is_some_and(|status| status != should) {
                found.push(format!(
                    "{} shows {id} as {status:?}, and it is {should}",
                    phone.name
                ));
            }
        }
    }
    found
}
