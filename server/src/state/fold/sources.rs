//! What came from elsewhere, by the number it has there, and what people answered to surveys.

use crate::state::draft::{Draft, StateError};
use crate::state::key;
use otor_protocol::catalogue::built_in::KINDS;
use otor_protocol::catalogue::built_in::report::{self, evaluation};
use otor_protocol::op::FieldId;
use otor_protocol::record::Record;
use otor_protocol::value::Value;

/// An answer that stands, whatever else the same person says.
const UNHAPPY: &str = "unhappy";

/// Notes what a new record says of where it came from, or answers.
pub(super) fn note_creation(draft: &mut Draft, record: &Record) -> Result<(), StateError> {
    let text = |field: FieldId| record.register(field).and_then(Value::as_text);
    let kind = KINDS.iter().find(|kind| kind.id == record.kind);
    match kind.map(|kind| kind.name) {
        Some("report") => {
            let Some(number) = text(report::EXTERNAL_ID) else {
                return Ok(());
            };
            let place = key::source(text(report::CHANNEL).unwrap_or_default(), number);
            if draft.get::<otor_protocol::ids::RecordId>(&place)?.is_none() {
                draft.put(place, record.id);
            }
        }
        Some("evaluation") if record.register(evaluation::CASE).is_none() => {
            let (Some(topic), Some(caller), Some(result)) = (
                text(evaluation::TOPIC),
                text(evaluation::CALLER),
                text(evaluation::RESULT),
            ) else {
                return Ok(());
            };
            let place = key::answer_to_survey(record.area.val.as_str(), topic, caller);
            let before: Option<(String, String)> = draft.get(&place)?;
            if before.is_none_or(|(_, before)| before != UNHAPPY) {
                draft.put(place, (topic.to_owned(), result.to_owned()));
            }
        }
        _ => {}
    }
    Ok(())
}
