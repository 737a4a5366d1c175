//! Serving an exchange: who a phone is, its frames to the commit path, and the reply frame by frame. Pure
//! functions of a view of the state; HTTP and the simulator drive them alike.

mod aside;
mod endings;
mod fork;
mod greet;
mod history;
mod horizon;
mod moved;
mod news;
mod pieces;
mod proof;
mod repair;
mod reply;
mod unpacked;
mod uploads;
mod welcome;

pub use crate::state::twins::op_hash_at;
pub use fork::{forked, propose_branch};
pub use greet::{Declined, greet};
pub use history::{other_history, propose_history, propose_history_for, propose_readmission, shown};
pub use news::{has_news, topics};
pub use reply::Reply;
pub use uploads::{FrameOutcome, Upload, Uploads, propose_frame, propose_upload};

use super::keyring::Keyring;
use crate::decide::admin::met::Sighting;
use crate::decide::history::phone_with;
use crate::decide::{Decided, Desk, Moment, Writer, copies, decide_clocks, decide_lost};
pub use crate::decide::{asks_clock, declares_any_lost};
use crate::state::cell::{DeviceCell, RecordCell, UndeliveredCell};
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use crate::store::engine::View;
use otor_protocol::ids::{Lane, PersonId, RecordId};
use otor_protocol::keys::{DeviceKey, MAC_BYTES, Secret};
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::renumber::AliasRun;
use otor_protocol::wire::{self, Cursor, FrameType, Hello, Refusal, Request, write_frame};

/// A phone known to the server, with the key of its exchanges.
#[derive(Clone, Debug)]
pub struct Known {
    /// The phone.
    pub device: DeviceCell,
    /// The key.
    pub key: DeviceKey,
}

/// Finds the phone a hello names; none if there is no such phone. One that a backup does not know is known by the
/// certificate it shows, and still to be admitted.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn identify(
    view: &dyn View,
    (server, keyring): (&Secret, &Keyring),
    hello: &Hello,
) -> Result<Option<Known>, StateError> {
    let device = read::device(view, hello.device)?;
    match device.filter(|device| !history::is_anothers_number(server, device, hello)) {
        Some(device) => {
            let key = keyring.key(server, &device);
            Ok(Some(Known { device, key }))
        }
        None => history::known_by_certificate(view, server, hello),
    }
}

/// The same phone as it is known now.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn renewed(view: &dyn View, known: &Known, hello: &Hello) -> Result<Known, StateError> {
    let found = phone_with(view, hello.device, &known.device.keys)?;
    let device = found.unwrap_or_else(|| known.device.clone());
    Ok(Known {
        device,
        key: known.key.clone(),
    })
}

/// Whether the signature of an authenticated hello, if it carries one, is the phone's.
pub fn signature_holds(known: &Known, hello: &Hello) -> bool {
    hello
        .signature
        .as_ref()
        .is_none_or(|signature| known.device.keys.verify(&hello.signed_bytes(), signature))
}

/// The frame that declines an authenticated hello with this code.
pub fn refusal_frame(known: &Known, hello_mac: &[u8; MAC_BYTES], refusal: &Refusal) -> Vec<u8> {
    let mut payload = wire::encode(refusal);
    let mac = known.key.refusal_mac(hello_mac, &payload);
    payload.extend_from_slice(&mac);
    let mut bytes = Vec::new();
    write_frame(&mut bytes, FrameType::Refusal, &payload);
    bytes
}

/// The writer of a phone's frames in one exchange.
pub fn writer(hello: &Hello, met_ms: i64) -> Writer {
    Writer::Device {
        moment: moment(hello, met_ms),
        signature: hello.signature.clone().map(|signature| (hello.nonce, signature)),
    }
}

fn moment(hello: &Hello, met_ms: i64) -> Moment {
    Moment {
        device: hello.device,
        branch: hello.first_actor,
        boot: hello.boot,
        uptime_ms: hello.uptime_ms,
        met_ms,
    }
}

/// Decides what a hello that asks for its clock makes known, before any of its frames.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_clocks(
    desk: &Desk,
    hello: &Hello,
    met_ms: i64,
) -> Result<(Option<Decided>, FrameOutcome), StateError> {
    let decided = decide_clocks(desk, moment(hello, met_ms), hello)?;
    Ok((decided, FrameOutcome::Held))
}

/// Decides what a hello that declares ops lost makes of it, before any of its frames.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_lost(
    desk: &Desk,
    device: &DeviceCell,
    hello: &Hello,
) -> Result<(Option<Decided>, FrameOutcome), StateError> {
    Ok((decide_lost(desk, device, hello)?, FrameOutcome::Held))
}

/// What an authenticated hello, come at `met_ms`, says of the phone's unsent work.
pub fn sighting(hello: &Hello, met_ms: i64) -> Sighting {
    Sighting {
        met_ms,
        written: Lane::ALL
            .into_iter()
            .map(|lane| (hello.actor(lane), hello.lanes[lane.index()].last()))
            .collect(),
    }
}

/// Notes what a hello says beside the rest.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_aliases(desk: &Desk, hello: &Hello) -> Result<(Option<Decided>, ()), StateError> {
    copies::aliases(desk, hello.device, &told_aliases(hello))
}

/// The old numbers that a hello tells.
pub fn told_aliases(hello: &Hello) -> Vec<AliasRun> {
    let runs = hello.requests.iter().filter_map(|request| match request {
        Request::Aliases(runs) => Some(runs),
        _ => None,
    });
    runs.flatten().copied().collect()
}

/// A task that has reached its assignee's phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The task.
    pub record: RecordId,
    /// The assignment.
    pub epoch: u32,
}

/// The tasks that a hello's cursors show to have reached the phone.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn delivered(view: &dyn View, owner: PersonId, hello: &Hello) -> Result<Vec<Delivered>, StateError> {
    let mut delivered = Vec::new();
    for (place, waiting) in read::under::<UndeliveredCell>(view, &key::all_undelivered(owner))? {
        let Some(record) = key::concerned_record(&place) else {
            continue;
        };
        let Some(cell) = read::record(view, record)? else {
            continue;
        };
        if has_reached(&cell, &waiting, hello) {
            delivered.push(Delivered {
                record,
                epoch: waiting.epoch,
            });
        }
    }
    Ok(delivered)
}

fn has_reached(cell: &RecordCell, waiting: &UndeliveredCell, hello: &Hello) -> bool {
    let Ok(record) = cell.record() else { return false };
    if mutation::active(Mutation::DeliveryAssumed) {
        return true;
    }
    cell.scopes.iter().filter_map(|scope| hello.cursors(*scope)).any(|cursors| {
        matches!(cursors[record.lane.index()], Cursor::At(position) if position >= waiting.assigned)
    })
}

/// Decides the note that tasks were delivered; none if that is known.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_delivered(desk: &Desk, tasks: &[Delivered]) -> Result<(Option<Decided>, ()), StateError> {
    let mut waiting = Vec::new();
    for task in tasks {
        if still_waiting(desk.view, *task)? {
            waiting.push((task.record, task.epoch));
        }
    }
    Ok(((!waiting.is_empty()).then(|| Act::Delivered(waiting).into()), ()))
}

/// Another phone of the same worker may have shown it first, or it may have been assigned anew.
fn still_waiting(view: &dyn View, task: Delivered) -> Result<bool, StateError> {
    let Some(cell) = read::record(view, task.record)? else {
        return Ok(false);
    };
    let Ok(record) = cell.record() else {
        return Ok(false);
    };
    let Some(assignee) = otor_protocol::lifecycle::task(&record).assignee else {
        return Ok(false);
    };
    let waiting = read::get::<UndeliveredCell>(view, &key::undelivered(assignee, task.record))?;
    Ok(waiting.is_some_and(|waiting| waiting.epoch == task.epoch))
}
