//! Phones: inviting a worker's, revoking one.

use super::Done;
use super::reach::{acting, reaches_worker};
use super::refusal::{Decides, Stop, invalid, not_allowed, not_found, settle};
use super::worker::worker_called;
use crate::decide::{Decided, Desk};
use crate::state::cell::PersonCell;
use crate::state::entry::Act;
use crate::state::read;
use otor_protocol::ids::DeviceId;
use serde::{Deserialize, Serialize};

/// Longest time an invitation holds, in hours: thirty days.
const HOURS_MAX: u32 = 24 * 30;
const MS_PER_HOUR: i64 = 60 * 60 * 1_000;

/// An invitation to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The code of the worker whose phone it is for.
    pub worker: String,
    /// How long it holds, in hours.
    #[serde(default = "one_day")]
    pub hours: u32,
}

fn one_day() -> u32 {
    24
}

/// The answer to an invitation. Its code is known only to who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The commit.
    pub commit: u64,
    /// The code of the worker.
    pub worker: String,
    /// Until when it holds, milliseconds since the Unix epoch.
    pub expires_ms: i64,
}

/// Invites a worker's phone to enrol with the code of this hash.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn invite(
    desk: &Desk,
    account: &PersonCell,
    request: &NewInvitation,
    code_hash: [u8; 32],
) -> Decides<Invited> {
    settle(invite_one(desk, account, request, code_hash))
}

fn invite_one(
    desk: &Desk,
    account: &PersonCell,
    request: &NewInvitation,
    code_hash: [u8; 32],
) -> Result<(Option<Decided>, Invited), Stop> {
    acting(account)?;
    if !(1..=HOURS_MAX).contains(&request.hours) {
        return Err(invalid(format!("an invitation holds 1 to {HOURS_MAX} hours")));
    }
    let worker = worker_called(desk, &request.worker)?;
    if !reaches_worker(desk.view, account, &worker)? {
        return Err(not_allowed("the worker answers for areas outside this account's"));
    }
    let expires_ms = desk.now_ms + i64::from(request.hours) * MS_PER_HOUR;
    let act = Act::Invite {
        code_hash,
        owner: worker.id,
        expires_ms,
    };
    let answer = Invited {
        commit: desk.commit,
        worker: worker.code,
        expires_ms,
    };
    Ok((Some(act.into()), answer))
}

/// Revokes a phone: what it sends from now on is kept aside, and it receives nothing.
///
/// # Errors
/// [`crate::state::StateError`] if the state cannot be read.
pub fn revoke(desk: &Desk, account: &PersonCell, device: DeviceId) -> Decides<Done> {
    settle(revoke_one(desk, account, device))
}

fn revoke_one(desk: &Desk, account: &PersonCell, id: DeviceId) -> Result<(Option<Decided>, Done), Stop> {
    acting(account)?;
    let missing = || not_found(format!("there is no phone {}", id.0));
    let device = read::device(desk.view, id)?.ok_or_else(missing)?;
    let owner = read::person(desk.view, device.owner)?.ok_or_else(missing)?;
    if !reaches_worker(desk.view, account, &owner)? {
        return Err(missing());
    }
    if device.revoked_ms.is_some() {
        let commit = desk.commit - 1;
        return Ok((None, Done { commit }));
    }
    let act = Act::RevokeDevice { device: id };
    let commit = desk.commit;
    Ok((Some(act.into()), Done { commit }))
}
