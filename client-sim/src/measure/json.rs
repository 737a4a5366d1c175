//! The yardstick: the same content as JSON, gzipped, in one request and its reply with heads as short as ours.

use super::content::{Exchanged, kind_of};
use crate::device::PhoneStorage;
use crate::transport::http;
use flate2::{Compression, write::GzEncoder};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Dot, PersonId, RecordId};
use otor_protocol::op::{Body, Op};
use otor_protocol::record::{Names, Record, fields_as_json, value_to_json};
use otor_protocol::replica::Replica;
use serde_json::{Map, Value as Json, json};
use std::io::Write;

/// Numbers for names.
struct Numbers;

impl Names for Numbers {
    fn person(&self, _: &str) -> Option<PersonId> {
        None
    }
    fn record(&self, _: &str) -> Option<RecordId> {
        None
    }
    fn person_name(&self, person: PersonId) -> String {
        person.0.to_string()
    }
    fn record_name(&self, record: RecordId) -> String {
        record.to_string()
    }
}

/// Bytes of the same exchange as gzipped JSON, both ways, heads included.
///
/// # Errors
/// If something is not understood.
pub(super) fn gzipped(exchanged: &Exchanged, replica: &Replica<PhoneStorage>) -> anyhow::Result<u64> {
    let describe = |ops: Vec<(Dot, Op)>| -> Vec<Json> {
        ops.iter()
            .map(|(dot, op)| op_as_json(*dot, op, replica))
            .collect()
    };
    let up = json!({"since": 123_456, "ops": describe(exchanged.ops_up()?)});
    let catalogue = Catalogue::built_in();
    let records: Vec<Json> = exchanged
        .records_down()
        .map(|bytes| record_as_json(&Record::decode(bytes)?, &catalogue))
        .collect::<anyhow::Result<_>>()?;
    let down = json!({"next": 123_519, "acked": exchanged.ops_up()?.len(),
        "ops": describe(exchanged.ops_down()?), "records": records});
    let (up, down) = (gzip(&up)?, gzip(&down)?);
    let heads = http::request_head_len(http::USUAL_HOST, up) + http::response_head_len(Some(down as u64));
    Ok((heads + up + down) as u64)
}

fn gzip(json: &Json) -> anyhow::Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&serde_json::to_vec(json)?)?;
    Ok(encoder.finish()?.len())
}

fn record_as_json(record: &Record, catalogue: &Catalogue) -> anyhow::Result<Json> {
    let Some(kind) = catalogue.kind(record.kind) else {
        anyhow::bail!("a record of no known kind")
    };
    let fields = fields_as_json(kind, record, &Numbers);
    Ok(
        json!({"id": record.id.to_string(), "kind": kind.name, "by": record.creation.author.0, "fields": fields}),
    )
}

/// An op as a plain service would send it: names for fields, milliseconds for times.
fn op_as_json(dot: Dot, op: &Op, replica: &Replica<PhoneStorage>) -> Json {
    let catalogue = Catalogue::built_in();
    let record = op.record(dot).unwrap_or(RecordId(dot));
    let kind = match &op.body {
        Body::Create { kind, .. } => Some(*kind),
        _ => kind_of(replica, record),
    };
    let spec = kind.and_then(|kind| catalogue.kind(kind));
    let mut fields = Map::new();
    for change in op.changes() {
        let name = change.field().and_then(|field| Some(spec?.field(field)?.name));
        let values: Vec<Json> = super::content::values(change)
            .into_iter()
            .map(|value| value_to_json(value, &Numbers))
            .collect();
        let value = match values.len() {
            1 => values.into_iter().next().unwrap_or_default(),
            _ => Json::Array(values),
        };
        fields.insert(name.unwrap_or("event").to_owned(), value);
    }
    let mut described =
        json!({"id": RecordId(dot).to_string(), "by": op.author.0, "at": op.uptime_ms, "fields": fields});
    match &op.body {
        Body::Create { area, .. } => {
            described["kind"] = spec.map(|spec| spec.name).into();
            described["area"] = area.to_string().into();
        }
        _ => described["record"] = record.to_string().into(),
    }
    described
}
