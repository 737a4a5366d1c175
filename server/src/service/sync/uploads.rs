//! The frames of one exchange on their way to the commit path: what becomes of each, and that nothing is taken of those
//! behind one that shows the phone to be a copy.

use crate::decide::{Decided, Desk, FrameDecision, Writer, decide_and_fold, decide_refill};
use crate::state::entry::Act;
use crate::state::{StateError, key};
use otor_protocol::ids::DeviceId;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::wire::{Content, Refill};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What became of one frame of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameOutcome {
    /// The server has it (now, or already).
    Held,
    /// It begins after a gap and was not taken: the welcome says how far the actor is.
    Gap,
    /// The phone is a copy.
    Copy,
    /// It does not decode. The server keeps it as bytes and acknowledges nothing of it.
    Unreadable,
}

/// Decides one frame of an exchange.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_frame(
    desk: &Desk,
    writer: &Writer,
    (content, arrived): (&Content, &[u8]),
) -> Result<(Option<Decided>, FrameOutcome), StateError> {
    let (decision, found) = decide_and_fold(desk, writer, (content, arrived))?;
    let (decided, told) = outcome(decision);
    Ok((decided.map(|decided| Decided { found, ..decided }), told))
}

fn outcome(decision: FrameDecision) -> (Option<Decided>, FrameOutcome) {
    match decision {
        FrameDecision::Commit(act) => (Some(Act::Frame(*act).into()), FrameOutcome::Held),
        FrameDecision::Repeat => (None, FrameOutcome::Held),
        FrameDecision::Gap(_) => (None, FrameOutcome::Gap),
        FrameDecision::Forked(_) | FrameDecision::NotYours(_) => (None, FrameOutcome::Copy),
    }
}

/// A frame as a phone sent it.
#[derive(Clone, Debug)]
pub enum Upload {
    /// New ops, and the bytes they were read from.
    Ops(Content, Vec<u8>),
    /// Ops that a former history had acknowledged.
    Refill(Content, Refill),
    /// Bytes that do not decode.
    Unreadable(Vec<u8>),
}

/// Decides one frame of an exchange of a phone, whether it decodes or not. Bytes that do not are kept once.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn propose_upload(
    desk: &Desk,
    writer: &Writer,
    device: DeviceId,
    upload: &Upload,
) -> Result<(Option<Decided>, FrameOutcome), StateError> {
    let bytes = match upload {
        Upload::Ops(content, arrived) => return propose_frame(desk, writer, (content, arrived)),
        Upload::Refill(content, refill) => {
            let (decided, outcome) = outcome(decide_refill(desk, writer, content, refill)?);
            let quiet = |decided| Decided {
                quiet: true,
                ..decided
            };
            return Ok((decided.map(quiet), outcome));
        }
        Upload::Unreadable(bytes) => bytes,
    };
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    let known = desk.view.get(&key::unreadable(&hash))?.is_some();
    let content = ByteBuf::from(bytes.clone());
    let act = Act::Unreadable { device, content };
    Ok(((!known).then(|| act.into()), FrameOutcome::Unreadable))
}

/// What is common to the frames of one exchange. Several are under way at once: it is not known yet what became of the
/// first when the next is handed over.
#[derive(Clone, Debug, Default)]
pub struct Uploads {
    /// Set where a frame is decided.
    is_copy: Arc<AtomicBool>,
}

impl Uploads {
    /// Decides the next frame.
    ///
    /// # Errors
    /// As [`propose_upload`].
    pub fn propose(
        &self,
        desk: &Desk,
        writer: &Writer,
        device: DeviceId,
        upload: &Upload,
    ) -> Result<(Option<Decided>, FrameOutcome), StateError> {
        // What follows may refer to what was refused, under numbers that are somebody else's.
        if self.is_copy.load(Ordering::Relaxed) && !mutation::active(Mutation::TakenBehindACopy) {
            return Ok((None, FrameOutcome::Copy));
        }
        let (decided, outcome) = propose_upload(desk, writer, device, upload)?;
        self.is_copy
            .fetch_or(outcome == FrameOutcome::Copy, Ordering::Relaxed);
        Ok((decided, outcome))
    }
}
