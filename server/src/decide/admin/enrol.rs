//! Enrolment: an invitation and a phone's keys become a phone with its actors.

use crate::decide::{Decided, Desk};
use crate::state::cell::{DeviceCell, InviteCell};
use crate::state::entry::Act;
use crate::state::{StateError, key, read, scopes_of_device_owner};
use otor_protocol::ids::{ActorId, DeviceId, PersonId};
use otor_protocol::keys::PublicKeys;
use otor_protocol::wire::ScopeGrant;

/// An enrolled phone, with what it has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Its number.
    pub device: DeviceId,
    /// Whose it is.
    pub owner: PersonId,
    /// What they are called.
    pub owner_name: String,
    /// Its actors, by lane.
    pub actors: [ActorId; 3],
    /// Its keys.
    pub keys: PublicKeys,
    /// Name of the server's unbroken history.
    pub incarnation: u64,
    /// The scopes it holds.
    pub scopes: Vec<ScopeGrant>,
}

/// Why a phone was not enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrolRefusal {
    /// No invitation has this code.
    #[error("there is no such invitation")]
    Unknown,
    /// Another phone has used it.
    #[error("the invitation has been used")]
    Used,
    /// Its time is over.
    #[error("the invitation has expired")]
    Expired,
}

/// What enrolment comes to.
pub type Enrolment = Result<(Option<Decided>, Result<Enrolled, EnrolRefusal>), StateError>;

/// Enrols the phone with these keys by an invitation's code hash. A second request of the same phone with the
/// same code, whose reply was lost, gets the same answer, however late. That the phone holds the keys has been
/// checked before.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn enrol(desk: &Desk, code_hash: &[u8; 32], keys: &PublicKeys) -> Enrolment {
    let Some(invite) = read::get::<InviteCell>(desk.view, &key::invite(code_hash))? else {
        return Ok((None, Err(EnrolRefusal::Unknown)));
    };
    if let Some(device) = invite.used_by {
        let before = read::device(desk.view, device)?.filter(|cell| cell.keys == *keys);
        return Ok(match before {
            Some(cell) => (None, Ok(told(desk, &cell)?)),
            None => (None, Err(EnrolRefusal::Used)),
        });
    }
    if desk.now_ms >= invite.expires_ms {
        return Ok((None, Err(EnrolRefusal::Expired)));
    }
    let server = read::server(desk.view)?;
    let cell = DeviceCell {
        id: DeviceId(server.next_device),
        owner: invite.owner,
        actors: server.next_three(),
        keys: *keys,
        enrolled_ms: desk.now_ms,
        revoked_ms: None,
        copies: Vec::new(),
    };
    let act = Act::Enrol {
        code_hash: *code_hash,
        device: cell.id,
        owner: cell.owner,
        actors: cell.actors,
        keys: *keys,
    };
    Ok((Some(act.into()), Ok(told(desk, &cell)?)))
}

fn told(desk: &Desk, cell: &DeviceCell) -> Result<Enrolled, StateError> {
    let owner = read::person(desk.view, cell.owner)?.ok_or_else(|| StateError::Damaged {
        key: key::person(cell.owner),
    })?;
    Ok(Enrolled {
        device: cell.id,
        owner: cell.owner,
        owner_name: owner.name,
        actors: cell.actors,
        keys: cell.keys,
        incarnation: read::server(desk.view)?.incarnation,
        scopes: scopes_of_device_owner(desk.view, cell.owner)?,
    })
}
