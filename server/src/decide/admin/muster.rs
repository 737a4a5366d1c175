//! Musters: everybody who answers for an area is called, each by an alert of their own, in bounded commits.

use super::reach::{acting, expect_reach};
use super::record::bad_edit;
use super::refusal::{Decides, Stop, invalid, not_found, settle};
use super::write::write_several;
use crate::decide::{Decided, Desk};
use crate::state::cell::{PersonCell, Role};
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::built_in::together::alert;
use otor_protocol::ids::{Dot, PersonId, RecordId};
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::op::Body;
use otor_protocol::record::Edit;
use otor_protocol::stamp::Stamp;
use otor_protocol::value::Value;
use serde::{Deserialize, Serialize};

/// The limits of the field's own emergency plan, in minutes, by zone.
const ZONES: [(&str, i64); 3] = [("centre", 60), ("banner", 120), ("whole", 180)];
/// Most minutes of a limit.
const MINUTES_MAX: i64 = 7 * 24 * 60;

/// A muster to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMuster {
    /// What it is about.
    pub title: String,
    /// More about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Where to come.
    #[serde(default)]
    pub place: Option<String>,
    /// Code of the area whose workers are called.
    pub area: String,
    /// Its zone: centre (one hour), banner (two) or whole (three).
    #[serde(default)]
    pub zone: Option<String>,
    /// Minutes within which to be there, where it is not the zone's.
    #[serde(default)]
    pub within_minutes: Option<i64>,
}

/// One person called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Their code.
    pub worker: String,
    /// The record of their call.
    pub id: String,
}

/// What a part of a muster came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mustered {
    /// The commit that holds it.
    pub commit: u64,
    /// The muster's own record.
    pub muster: String,
    /// Who was called.
    pub calls: Vec<Call>,
    /// The number of the last person looked at, if there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// Calls the first who answer for the area, or those after `so_far`: the muster's record, and the last person.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn call(
    desk: &Desk,
    account: &PersonCell,
    request: &NewMuster,
    so_far: Option<(RecordId, u32)>,
) -> Decides<Mustered> {
    settle(call_some(desk, account, request, so_far))
}

fn call_some(
    desk: &Desk,
    account: &PersonCell,
    request: &NewMuster,
    so_far: Option<(RecordId, u32)>,
) -> Result<(Option<Decided>, Mustered), Stop> {
    let area: AreaCode = request
        .area
        .trim()
        .parse()
        .map_err(|_| invalid(format!("{:?} is no area code", request.area)))?;
    expect_reach(account, &area)?;
    let due_ms = due_ms(desk, request, so_far)?;
    let after = so_far.map_or(0, |(_, person)| person + 1);
    let mut called = called(desk, &area, after)?;
    let room = FRAME_OPS_MAX - usize::from(so_far.is_none());
    let next = (called.len() > room).then(|| called[room - 1].0.id.0);
    called.truncate(room);
    let own = own_dot(desk, account)?;
    let muster = so_far.map_or(RecordId(own), |(muster, _)| muster);
    let mut bodies = Vec::new();
    if so_far.is_none() {
        bodies.push(body(desk, area, request, due_ms, None)?);
    }
    for (person, place) in &called {
        bodies.push(body(
            desk,
            place.clone(),
            request,
            due_ms,
            Some((muster, person.id)),
        )?);
    }
    if bodies.is_empty() {
        let commit = desk.commit - 1;
        return Ok((
            None,
            Mustered {
                commit,
                muster: muster.to_string(),
                calls: Vec::new(),
                next: None,
            },
        ));
    }
    let (dots, frame) = write_several(desk, account, &bodies, Stamp::default())?;
    let first = usize::from(so_far.is_none());
    let calls = called.iter().zip(&dots[first..]).map(|((person, _), dot)| Call {
        worker: person.code.clone(),
        id: RecordId(*dot).to_string(),
    });
    let answer = Mustered {
        commit: desk.commit,
        muster: muster.to_string(),
        calls: calls.collect(),
        next,
    };
    Ok((Some(Act::Frame(frame).into()), answer))
}

/// The dot of the account's next op.
fn own_dot(desk: &Desk, account: &PersonCell) -> Result<Dot, Stop> {
    let actor = acting(account)?.actor;
    let place = key::actor(actor);
    let cell = read::get::<crate::state::cell::ActorCell>(desk.view, &place)?;
    let cell = cell.ok_or(StateError::Damaged { key: place })?;
    Ok(Dot::new(actor, cell.through + 1))
}

fn due_ms(desk: &Desk, request: &NewMuster, so_far: Option<(RecordId, u32)>) -> Result<i64, Stop> {
    if let Some((muster, _)) = so_far {
        let cell = read::record(desk.view, muster)?.ok_or_else(|| not_found("there is no such muster"))?;
        let record = cell.record().map_err(|_| StateError::Damaged {
            key: key::record(muster),
        })?;
        let due = record.register(alert::DUE).and_then(Value::as_int);
        return due.ok_or_else(|| invalid("the record is no muster"));
    }
    let of_zone = match &request.zone {
        None => Some(ZONES[0].1),
        Some(zone) => ZONES
            .iter()
            .find(|(name, _)| name == zone)
            .map(|(_, minutes)| *minutes),
    };
    let minutes = request
        .within_minutes
        .or(of_zone)
        .filter(|minutes| (1..=MINUTES_MAX).contains(minutes))
        .ok_or_else(|| invalid("a zone is centre, banner or whole; within_minutes is 1 to 10080"))?;
    Ok(desk.now_ms + minutes * 60_000)
}

/// The workers from a number on who answer for something in the area, each with the place they answer for.
fn called(desk: &Desk, area: &AreaCode, from: u32) -> Result<Vec<(PersonCell, AreaCode)>, StateError> {
    let rows = read::range::<PersonCell>(
        desk.view,
        &key::person(PersonId(from)),
        &key::end_of(&key::persons()),
        usize::MAX,
    )?;
    Ok(rows
        .into_iter()
        .filter(|(_, person)| matches!(person.role, Role::Worker(_)))
        .filter_map(|(_, person)| {
            let place = person.areas().iter().find(|own| area.contains(own))?.clone();
            Some((person, place))
        })
        .take(FRAME_OPS_MAX + 1)
        .collect())
}

fn body(
    desk: &Desk,
    area: AreaCode,
    request: &NewMuster,
    due_ms: i64,
    call: Option<(RecordId, PersonId)>,
) -> Result<Body, Stop> {
    let kind = super::record::kind_named(desk, "alert")?;
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let mut set = vec![
        ("title".to_string(), Value::Text(request.title.clone())),
        ("due_at".into(), Value::Int(due_ms)),
    ];
    for (name, value) in [
        ("description", text(&request.description)),
        ("place", text(&request.place)),
        ("zone", text(&request.zone)),
    ] {
        set.extend(value.map(|value| (name.to_string(), value)));
    }
    if let Some((muster, person)) = call {
        set.push(("muster".into(), Value::Record(muster)));
        set.push(("assignee".into(), Value::Person(person)));
    }
    let edit = Edit {
        set,
        ..Edit::default()
    };
    let changes = edit.creating(kind).map_err(bad_edit)?;
    Ok(Body::Create {
        kind: kind.id,
        area,
        changes,
    })
}
