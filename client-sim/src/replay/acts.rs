//! Acts of a trace on phones and at the centre, as values the replica and the API take.

use super::book::Book;
use super::centre::{Centre, FieldEdit};
use crate::trace::{AdminAct, Create, Edit, Event, Lists, RecordCheck, fields_match};
use anyhow::Context;
use otor_protocol::catalogue::{Catalogue, KindSpec};
use otor_protocol::ids::RecordId;
use otor_protocol::record;
use otor_protocol::replica::{DeviceClock, Replica, Storage};
use serde_json::{Map, Value};

/// Writes a record on a phone.
///
/// # Errors
/// If the step makes no sense or the phone does not take it.
pub fn create_on_phone<S: Storage>(
    book: &mut Book,
    replica: &mut Replica<S>,
    clock: DeviceClock,
    worker: &str,
    step: &Create,
) -> anyhow::Result<RecordId>
where
    S::Error: Send + Sync + 'static,
{
    let catalogue = Catalogue::built_in();
    let kind = catalogue
        .kind_named(&step.kind)
        .with_context(|| format!("there is no kind {:?}", step.kind))?;
    let area = match &step.area {
        Some(area) => area.as_str(),
        None => book
            .only_area(worker)
            .with_context(|| format!("{worker} has several areas: say which"))?,
    };
    let mut edit = record::Edit::default();
    edit.set_json(kind, &step.fields.clone().into_iter().collect(), book)?;
    let id = replica.create(clock, &step.kind, area.parse()?, &edit)?;
    book.note_record(&step.record, &step.kind, id);
    book.note_creation(&step.record, replica);
    Ok(id)
}

/// Edits a record on a phone. False if the phone does not hold it and the step may be passed over.
///
/// # Errors
/// As [`create_on_phone`].
pub fn edit_on_phone<S: Storage>(
    book: &Book,
    replica: &mut Replica<S>,
    clock: DeviceClock,
    step: &Edit,
) -> anyhow::Result<bool>
where
    S::Error: Send + Sync + 'static,
{
    write_held(
        book,
        replica,
        clock,
        (&step.record, step.if_held),
        |kind, edit| {
            edit.set_json(kind, &step.set.clone().into_iter().collect(), book)?;
            edit.add_json(kind, &lists(&step.add), book)?;
            edit.remove_json(kind, &lists(&step.remove), book)?;
            edit.append_json(kind, &lists(&step.append), book)
        },
    )
}

/// Adds an event on a phone. False if the phone does not hold the record and the step may be passed over.
///
/// # Errors
/// As [`create_on_phone`].
pub fn event_on_phone<S: Storage>(
    book: &Book,
    replica: &mut Replica<S>,
    clock: DeviceClock,
    step: &Event,
) -> anyhow::Result<bool>
where
    S::Error: Send + Sync + 'static,
{
    write_held(
        book,
        replica,
        clock,
        (&step.record, step.if_held),
        |kind, edit| {
            edit.event_json(
                kind,
                &step.event,
                &step.fields.clone().into_iter().collect(),
                book,
            )
        },
    )
}

/// Writes what `fill` says on a record that the phone holds.
fn write_held<S: Storage>(
    book: &Book,
    replica: &mut Replica<S>,
    clock: DeviceClock,
    (name, if_held): (&str, bool),
    fill: impl FnOnce(&KindSpec, &mut record::Edit) -> Result<(), record::BadEdit>,
) -> anyhow::Result<bool>
where
    S::Error: Send + Sync + 'static,
{
    let Some(id) = held(book, replica, name, if_held)? else {
        return Ok(false);
    };
    let catalogue = Catalogue::built_in();
    let kind = catalogue.kind_named(book.kind(name)?).context("unknown kind")?;
    let mut edit = record::Edit::default();
    fill(kind, &mut edit)?;
    replica.edit(clock, id, &edit)?;
    Ok(true)
}

fn held<S: Storage>(
    book: &Book,
    replica: &Replica<S>,
    name: &str,
    if_held: bool,
) -> anyhow::Result<Option<RecordId>> {
    let id = match book.id(name) {
        Ok(id) => id,
        Err(_) if if_held => return Ok(None),
        Err(error) => return Err(error),
    };
    if replica.view(id).is_some() && !book.is_taken_on(name, replica) {
        Ok(Some(id))
    } else if if_held {
        Ok(None)
    } else {
        anyhow::bail!("the phone does not hold {name}")
    }
}

fn lists(lists: &Lists) -> Map<String, Value> {
    lists
        .iter()
        .map(|(name, values)| (name.clone(), Value::Array(values.clone())))
        .collect()
}

/// Carries out an administrator's act. `device` finds the number of the phone the trace calls by name.
///
/// # Errors
/// If the step makes no sense or the server declines.
pub fn at_centre(
    book: &mut Book,
    centre: &mut dyn Centre,
    act: &AdminAct,
    device: impl Fn(&str) -> Option<otor_protocol::ids::DeviceId>,
) -> anyhow::Result<()> {
    let catalogue = Catalogue::built_in();
    match act {
        AdminAct::Create(step) => {
            let fields = book.fields_outward(&catalogue, &step.kind, step.fields.clone())?;
            let area = step.area.as_deref().context("say the area")?;
            let id = centre.create(&step.kind, area, fields)?;
            book.note_record(&step.record, &step.kind, id);
        }
        AdminAct::Edit(step) => {
            let kind = book.kind(&step.record)?.to_string();
            let edit = FieldEdit {
                set: book.fields_outward(&catalogue, &kind, step.set.clone())?,
                add: lists(&step.add),
                remove: lists(&step.remove),
                append: lists(&step.append),
            };
            centre.edit(book.id(&step.record)?, edit)?;
        }
        AdminAct::Event(step) => {
            let kind = book.kind(&step.record)?.to_string();
            let args = book.args_outward(&catalogue, &kind, &step.event, step.fields.clone())?;
            centre.event(book.id(&step.record)?, &step.event, args)?;
        }
        AdminAct::Assign(step) => centre.assign(book.id(&step.record)?, &step.to)?,
        AdminAct::MoveWorker(step) => {
            centre.move_worker(&step.worker, &step.areas)?;
            book.note_worker(&step.worker, &step.areas);
        }
        AdminAct::Relocate(step) => centre.relocate(book.id(&step.record)?, &step.area)?,
        AdminAct::SplitArea(_)
        | AdminAct::MergeAreas(_)
        | AdminAct::MoveArea(_)
        | AdminAct::RetireArea(_) => {
            centre.reshape(act)?;
            book.note_reshaped(act);
        }
        AdminAct::Release(step) => centre.release(book.id(&step.record)?)?,
        AdminAct::Erase(step) => centre.erase(book.id(&step.record)?)?,
        AdminAct::Rules(rules) => centre.rules(rules)?,
        AdminAct::Supply(step) => centre.supply(step)?,
        AdminAct::Muster(step) => {
            let (muster, calls) = centre.muster(step)?;
            book.note_record(&step.record, "alert", muster);
            for (worker, call) in calls {
                book.note_record(&format!("{}/{worker}", step.record), "alert", call);
            }
        }
        AdminAct::Find(step) => {
            let check = RecordCheck {
                record: step.record.clone(),
                fields: step.fields.clone(),
                contains: Lists::default(),
            };
            let found = centre.rows()?.into_iter().find(|row| {
                let fields = book.fields_inward(&catalogue, &row.kind, row.fields.clone());
                row.kind == step.kind
                    && book.name_of(row.id).is_none()
                    && fields_match(&check, &fields).is_ok()
            });
            let found = found.with_context(|| format!("the server has no {} like that", step.kind))?;
            book.note_record(&step.record, &step.kind, found.id);
        }
        AdminAct::Pull(_) => anyhow::bail!("pulls are kept elsewhere"),
        AdminAct::Account(_) | AdminAct::CloseAccount(_) | AdminAct::By(_) | AdminAct::Import(_) => {
            anyhow::bail!("accounts and imports are for servers in the simulator's process")
        }
        AdminAct::Revoke(step) => {
            let device = device(&step.device).with_context(|| format!("{} is not enrolled", step.device))?;
            centre.revoke(device)?;
        }
    }
    Ok(())
}
