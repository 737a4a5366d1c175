//! Administrators' edits of records: creating, editing, life-cycle events, filing elsewhere, erasing.

use super::Done;
use super::names::ViewNames;
use super::places::expect_living;
use super::reach::{acting, expect_reach, reaches_place, sees_worker};
use super::refusal::{Decides, Stop, conflict, invalid, not_allowed, not_found, settle};
use super::write::{WrittenOp, last_stamp, write_op};
use crate::decide::{Decided, Desk};
use crate::state::cell::{PersonCell, Role};
use crate::state::{StateError, key, read};
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::KindSpec;
use otor_protocol::ids::{Level, RecordId};
use otor_protocol::lifecycle;
use otor_protocol::op::{Body, Change};
use otor_protocol::receipt::Receipt;
use otor_protocol::record::{BadEdit, Edit, Record};
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// A record to be created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRecord {
    /// Name of its kind.
    pub kind: String,
    /// Code of its area.
    pub area: String,
    /// Its fields by name.
    #[serde(default)]
    pub fields: Map<String, Json>,
}

/// An edit of a record: fields to set, members of sets to add and remove, entries of logs to append.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordEdit {
    /// Fields to set.
    pub set: Map<String, Json>,
    /// Members to add.
    pub add: Map<String, Json>,
    /// Members to remove.
    pub remove: Map<String, Json>,
    /// Entries to append.
    pub append: Map<String, Json>,
}

/// A life-cycle event of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordEvent {
    /// Its name.
    pub event: String,
    /// Its arguments by name.
    #[serde(default)]
    pub fields: Map<String, Json>,
}

/// The answer to the creation of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// The commit.
    pub commit: u64,
    /// The record's id.
    pub id: String,
    /// Its receipt number.
    pub receipt: String,
}

impl Created {
    /// The record.
    pub fn record(&self) -> Option<RecordId> {
        self.id.parse().ok()
    }
}

/// Creates a record.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn create(desk: &Desk, account: &PersonCell, request: &NewRecord) -> Decides<Created> {
    settle(kind_named(desk, &request.kind).and_then(|kind| {
        let names = ViewNames::new(desk.view);
        let mut edit = Edit::default();
        let read = edit.set_json(kind, &request.fields, &names);
        names.check()?;
        read.map_err(bad_edit)?;
        create_one(desk, account, kind, &request.area, &edit)
    }))
}

/// Creates a record from an edit whose names are resolved already.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn create_from(
    desk: &Desk,
    account: &PersonCell,
    kind: &str,
    area: &str,
    edit: &Edit,
) -> Decides<Created> {
    settle(kind_named(desk, kind).and_then(|kind| create_one(desk, account, kind, area, edit)))
}

/// What creating a record writes, if the account may.
pub(super) fn creation(desk: &Desk, account: &PersonCell, request: &NewRecord) -> Result<Body, Stop> {
    let kind = kind_named(desk, &request.kind)?;
    let names = ViewNames::new(desk.view);
    let mut edit = Edit::default();
    let read = edit.set_json(kind, &request.fields, &names);
    names.check()?;
    read.map_err(bad_edit)?;
    body_of(desk, account, kind, &request.area, &edit)
}

fn body_of(
    desk: &Desk,
    account: &PersonCell,
    kind: &KindSpec,
    area: &str,
    edit: &Edit,
) -> Result<Body, Stop> {
    acting(account)?;
    let area = parse_area(area)?;
    expect_reach(account, &area)?;
    expect_living(desk.view, &area)?;
    expect_assignable(desk, account, kind, edit)?;
    let changes = edit.creating(kind).map_err(bad_edit)?;
    Ok(Body::Create {
        kind: kind.id,
        area,
        changes,
    })
}

fn create_one(
    desk: &Desk,
    account: &PersonCell,
    kind: &KindSpec,
    area: &str,
    edit: &Edit,
) -> Result<(Option<Decided>, Created), Stop> {
    let body = body_of(desk, account, kind, area, edit)?;
    let op = write_op(desk, account, body, Stamp::default(), Some(kind))?;
    let id = RecordId(op.dot);
    let answer = Created {
        commit: desk.commit,
        id: id.to_string(),
        receipt: Receipt::mint(id, desk.now_ms).to_string(),
    };
    Ok((op.decided(), answer))
}

/// Edits a record.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn edit(desk: &Desk, account: &PersonCell, id: RecordId, request: &RecordEdit) -> Decides<Done> {
    settle(edit_as_read(desk, account, id, |edit, kind, names| {
        edit.set_json(kind, &request.set, names)?;
        edit.add_json(kind, &request.add, names)?;
        edit.remove_json(kind, &request.remove, names)?;
        edit.append_json(kind, &request.append, names)
    }))
}

/// Writes a life-cycle event of a record.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn event(desk: &Desk, account: &PersonCell, id: RecordId, request: &RecordEvent) -> Decides<Done> {
    settle(expect_closable(desk, account, id, request).and_then(|()| {
        edit_as_read(desk, account, id, |edit, kind, names| {
            edit.event_json(kind, &request.event, &request.fields, names)
        })
    }))
}

/// A case is not closed before the departments that were called to it have answered.
fn expect_closable(
    desk: &Desk,
    account: &PersonCell,
    id: RecordId,
    request: &RecordEvent,
) -> Result<(), Stop> {
    if request.event != "close" {
        return Ok(());
    }
    let standing = standing(desk, account, id)?;
    match lifecycle::open_whistles(&standing.record).first() {
        Some(whistle) => Err(conflict(format!(
            "departments were called to it, and have not all answered or been excused: whistle {whistle}"
        ))),
        None => Ok(()),
    }
}

/// Edits a record by an edit whose names are resolved already.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn edit_from(desk: &Desk, account: &PersonCell, id: RecordId, edit: &Edit) -> Decides<Done> {
    settle(standing(desk, account, id).and_then(|standing| standing.edit(desk, account, edit)))
}

fn edit_as_read(
    desk: &Desk,
    account: &PersonCell,
    id: RecordId,
    read: impl FnOnce(&mut Edit, &KindSpec, &ViewNames) -> Result<(), BadEdit>,
) -> Result<(Option<Decided>, Done), Stop> {
    let standing = standing(desk, account, id)?;
    let names = ViewNames::new(desk.view);
    let mut edit = Edit::default();
    let outcome = read(&mut edit, standing.kind, &names);
    names.check()?;
    outcome.map_err(bad_edit)?;
    standing.edit(desk, account, &edit)
}

/// Files a record under another area.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn relocate(desk: &Desk, account: &PersonCell, id: RecordId, area: &str) -> Decides<Done> {
    settle(relocate_one(desk, account, id, area))
}

fn relocate_one(
    desk: &Desk,
    account: &PersonCell,
    id: RecordId,
    area: &str,
) -> Result<(Option<Decided>, Done), Stop> {
    let standing = standing(desk, account, id)?;
    let area = parse_area(area)?;
    expect_reach(account, &area)?;
    expect_living(desk.view, &area)?;
    if standing.record.area.val == area {
        let commit = desk.commit - 1;
        return Ok((None, Done { commit }));
    }
    let epoch = standing.record.area.marker.epoch + 1;
    standing.write(desk, account, vec![Change::Relocate { area, epoch }])
}

/// Erases the personal fields of a record for good. For accounts of county level and above.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn erase(desk: &Desk, account: &PersonCell, id: RecordId) -> Decides<Done> {
    settle(erase_one(desk, account, id))
}

fn erase_one(desk: &Desk, account: &PersonCell, id: RecordId) -> Result<(Option<Decided>, Done), Stop> {
    if acting(account)?.level < Level::COUNTY {
        return Err(not_allowed("erasing is for accounts of county level and above"));
    }
    let standing = standing(desk, account, id)?;
    let personal = standing.kind.personal_fields();
    if personal
        .iter()
        .all(|field| standing.record.erased.contains(field))
    {
        let commit = desk.commit - 1;
        return Ok((None, Done { commit }));
    }
    standing.write(desk, account, vec![Change::Erase(personal)])
}

/// A record that is there, with its kind.
pub(super) struct Standing<'a> {
    pub(super) record: Record,
    pub(super) kind: &'a KindSpec,
}

/// The record of this id, if it lies within the account's reach. Where there is none, the one that a copied phone
/// had first written under that number.
pub(super) fn standing<'a>(
    desk: &Desk<'a>,
    account: &PersonCell,
    id: RecordId,
) -> Result<Standing<'a>, Stop> {
    let missing = || not_found(format!("there is no record {id}"));
    acting(account)?;
    let id = match read::renumbered(desk.view, id)?.as_slice() {
        [only] if read::record(desk.view, id)?.is_none() => *only,
        _ => id,
    };
    let cell = read::record(desk.view, id)?.ok_or_else(missing)?;
    let damaged = |_| StateError::Damaged { key: key::record(id) };
    let record = cell.record().map_err(damaged)?;
    if !reaches_place(desk.view, account, &record.area.val)? {
        return Err(missing());
    }
    let kind = desk.catalogue.kind(record.kind).ok_or_else(missing)?;
    Ok(Standing { record, kind })
}

impl Standing<'_> {
    /// The name of its kind.
    pub(super) fn kind_name(&self) -> &'static str {
        self.kind.name
    }

    /// Edits it.
    pub(super) fn edit(
        &self,
        desk: &Desk,
        account: &PersonCell,
        edit: &Edit,
    ) -> Result<(Option<Decided>, Done), Stop> {
        expect_assignable(desk, account, self.kind, edit)?;
        let changes = edit.editing(self.kind, &self.record).map_err(bad_edit)?;
        self.write(desk, account, changes)
    }

    fn write(
        &self,
        desk: &Desk,
        account: &PersonCell,
        changes: Vec<Change>,
    ) -> Result<(Option<Decided>, Done), Stop> {
        let body = Body::Edit {
            record: self.record.id,
            changes,
        };
        let op: WrittenOp = write_op(desk, account, body, last_stamp(&self.record), Some(self.kind))?;
        let commit = desk.commit;
        Ok((op.decided(), Done { commit }))
    }
}

/// An assignee is a worker whom the account may give tasks.
fn expect_assignable(desk: &Desk, account: &PersonCell, kind: &KindSpec, edit: &Edit) -> Result<(), Stop> {
    let Some(spec) = kind.assignee.and_then(|field| kind.field(field)) else {
        return Ok(());
    };
    for (name, value) in &edit.set {
        let Value::Person(person) = value else { continue };
        if name != spec.name {
            continue;
        }
        let person = read::person(desk.view, *person)?;
        let worker = person.filter(|person| matches!(person.role, Role::Worker(_)));
        match worker {
            None => return Err(invalid(format!("{name} has to be a worker"))),
            Some(worker) if !sees_worker(account, &worker) => {
                return Err(not_allowed("the worker answers for no area of this account"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The kind of this name.
pub(super) fn kind_named<'a>(desk: &Desk<'a>, name: &str) -> Result<&'a KindSpec, Stop> {
    desk.catalogue
        .kind_named(name)
        .ok_or_else(|| invalid(format!("there is no kind of record called {name:?}")))
}

fn parse_area(text: &str) -> Result<AreaCode, Stop> {
    text.trim()
        .parse()
        .map_err(|error: otor_protocol::area::BadAreaCode| invalid(error.to_string()))
}

pub(super) fn bad_edit(error: BadEdit) -> Stop {
    invalid(error.to_string())
}
