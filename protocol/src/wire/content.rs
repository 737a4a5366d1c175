//! Content of an op frame: consecutive ops of one actor, written in one boot between two exchanges. It is
//! self-contained and canonical: the same bytes are journaled, hashed and carried by other bearers.

use super::{Malformed, columns, decode, encode};
use crate::ids::{ActorId, Dot};
use crate::limits;
use crate::op::Op;
use crate::stamp::Stamp;
use serde_bytes::ByteBuf;

/// The content of one op frame. Ops are kept as bytes: one that does not decode is quarantined alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Whose ops.
    pub actor: ActorId,
    /// Seq of the first; the others follow without gaps.
    pub first_seq: u64,
    /// The boot they were written in.
    pub boot: u64,
    /// The phone's wall clock minus its uptime at writing, in milliseconds.
    pub wall_minus_uptime_ms: i64,
    /// The greatest stamp the phone had seen when it wrote them: from the op at this offset on. The first is
    /// at 0.
    pub floors: Vec<(u32, Stamp)>,
    /// The encoded ops.
    pub ops: Vec<ByteBuf>,
    /// For ops that had other numbers once: from the op at this offset on, the first number of each in succession
    /// and the hash it had under it, 8 bytes an op.
    pub origins: Vec<(u32, Dot, ByteBuf)>,
}

impl Content {
    /// Its bytes, by column.
    pub fn encode(&self) -> Vec<u8> {
        let (actor, first_seq, boot) = (self.actor, self.first_seq, self.boot);
        let (wall_minus_uptime_ms, floors) = (self.wall_minus_uptime_ms, &self.floors);
        let head = match self.origins.as_slice() {
            [] => encode(&(actor, first_seq, boot, wall_minus_uptime_ms, floors)),
            origins => encode(&(actor, first_seq, boot, wall_minus_uptime_ms, floors, origins)),
        };
        columns::lay_out(&head, self.ops.iter().map(|op| op.as_slice()))
    }

    /// Its bytes with each op as it is: what a phone sends whose columns were not understood.
    pub fn encode_plain(&self) -> Vec<u8> {
        let (actor, first_seq, boot) = (self.actor, self.first_seq, self.boot);
        let (wall_minus_uptime_ms, floors) = (self.wall_minus_uptime_ms, &self.floors);
        let ops = &self.ops;
        match self.origins.as_slice() {
            [] => encode(&(actor, first_seq, boot, wall_minus_uptime_ms, floors, ops)),
            origins => encode(&(actor, first_seq, boot, wall_minus_uptime_ms, floors, ops, origins)),
        }
    }

    /// Its bytes for keeping: by column where they read back as what they are, else plain.
    pub fn encode_to_keep(&self) -> Vec<u8> {
        let by_column = self.encode();
        if Content::decode(&by_column).as_ref() == Ok(self) {
            by_column
        } else {
            self.encode_plain()
        }
    }

    /// Its bytes for keeping, where it was read from `arrived`: by column those very bytes, which read back as what they
    /// are.
    pub fn kept_from(&self, arrived: &[u8]) -> Vec<u8> {
        match arrived.first() {
            Some(&PLAIN) | None => self.encode_to_keep(),
            Some(_) => arrived.to_vec(),
        }
    }

    /// Reads content, by column or plain, within the bounds.
    ///
    /// # Errors
    /// [`Malformed`] if it does not decode, is empty or beyond a bound.
    pub fn decode(bytes: &[u8]) -> Result<Content, Malformed> {
        let content = match bytes.first() {
            Some(&PLAIN) => {
                let (actor, first_seq, boot, wall_minus_uptime_ms, floors, ops) = decode(bytes)?;
                let head: Head = (actor, first_seq, boot, wall_minus_uptime_ms, floors);
                Content::of(head, ops, Vec::new())
            }
            Some(&PLAIN_WITH_ORIGINS) => {
                let (actor, first_seq, boot, wall_minus_uptime_ms, floors, ops, origins) = decode(bytes)?;
                let head: Head = (actor, first_seq, boot, wall_minus_uptime_ms, floors);
                Content::of(head, ops, some(origins)?)
            }
            _ => {
                let batch = columns::read_back(bytes).ok_or(Malformed)?;
                let ops = batch.rows.into_iter().map(ByteBuf::from).collect();
                if batch.head.first() == Some(&HEAD_WITH_ORIGINS) {
                    let (actor, first_seq, boot, wall_minus_uptime_ms, floors, origins) =
                        decode(&batch.head)?;
                    let head: Head = (actor, first_seq, boot, wall_minus_uptime_ms, floors);
                    Content::of(head, ops, some(origins)?)
                } else {
                    Content::of(decode(&batch.head)?, ops, Vec::new())
                }
            }
        };
        let count = content.ops.len();
        let fits = (1..=limits::FRAME_OPS_MAX).contains(&count)
            && content.first_seq >= 1
            && floors_fit(&content.floors, count)
            && origins_fit(&content.origins, count)
            && content.first_seq.checked_add(count as u64).is_some();
        if fits { Ok(content) } else { Err(Malformed) }
    }

    /// What the phone had seen when it wrote the op at `index`.
    pub fn floor_at(&self, index: usize) -> Stamp {
        let before = self
            .floors
            .iter()
            .take_while(|(offset, _)| *offset as usize <= index);
        before.last().map_or(Stamp::default(), |(_, floor)| *floor)
    }

    fn of(head: Head, ops: Vec<ByteBuf>, origins: Origins) -> Content {
        let (actor, first_seq, boot, wall_minus_uptime_ms, floors) = head;
        Content {
            actor,
            first_seq,
            boot,
            wall_minus_uptime_ms,
            floors,
            ops,
            origins,
        }
    }

    /// The first number of the op at `index`, and the hash it had under it, if it had another number once.
    pub fn origin_at(&self, index: usize) -> Option<(Dot, u64)> {
        let mut runs = self.origins.iter();
        let (offset, first, hashes) = runs.rfind(|(offset, ..)| *offset as usize <= index)?;
        let place = index - *offset as usize;
        let hash = hashes.get(place * HASH_BYTES..(place + 1) * HASH_BYTES)?;
        let hash = u64::from_be_bytes(hash.try_into().ok()?);
        Some((
            Dot::new(first.actor, first.seq.saturating_add(place as u64)),
            hash,
        ))
    }

    /// Seq of the last op.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + self.ops.len() as u64 - 1
    }

    /// Reads the op at `index`.
    ///
    /// # Errors
    /// [`Malformed`] if it does not decode or is too long: it is then quarantined alone.
    pub fn op(&self, index: usize) -> Result<Op, Malformed> {
        let bytes = self.ops.get(index).filter(|op| op.len() <= limits::OP_BYTES_MAX);
        decode(bytes.ok_or(Malformed)?)
    }
}

/// The first byte of plain content: a MessagePack array of six. A batch by column begins otherwise.
const PLAIN: u8 = 0x96;
/// The first byte of plain content with origins.
const PLAIN_WITH_ORIGINS: u8 = 0x97;
/// The first byte of a head with origins.
const HEAD_WITH_ORIGINS: u8 = 0x96;
/// Bytes of the hash of an op.
const HASH_BYTES: usize = size_of::<u64>();

/// What stands before the ops.
type Head = (ActorId, u64, u64, i64, Vec<(u32, Stamp)>);
/// As in [`Content::origins`].
type Origins = Vec<(u32, Dot, ByteBuf)>;

/// Where none had another number, nothing is told.
fn some(origins: Origins) -> Result<Origins, Malformed> {
    if origins.is_empty() {
        Err(Malformed)
    } else {
        Ok(origins)
    }
}

/// Whole hashes, in order, within the ops.
fn origins_fit(origins: &Origins, ops: usize) -> bool {
    let mut free = 0;
    origins.iter().all(|(offset, first, hashes)| {
        let (from, count) = (*offset as usize, hashes.len() / HASH_BYTES);
        let fits = from >= free
            && count > 0
            && hashes.len().is_multiple_of(HASH_BYTES)
            && from.saturating_add(count) <= ops
            && first.seq.checked_add(count as u64).is_some();
        free = from.saturating_add(count);
        fits
    })
}

/// The first floor is that of the first op; the others begin later, in order, within the ops.
fn floors_fit(floors: &[(u32, Stamp)], ops: usize) -> bool {
    floors.first().is_some_and(|(offset, _)| *offset == 0)
        && floors.is_sorted_by(|(a, _), (b, _)| a < b)
        && floors.last().is_some_and(|(offset, _)| (*offset as usize) < ops)
}

/// Collects ops into contents of about the aimed size.
#[derive(Debug)]
pub struct ContentBuilder {
    content: Content,
    bytes: usize,
    bytes_aim: usize,
}

impl ContentBuilder {
    /// Begins a content; `content.ops` and `content.origins` are empty. `bytes_aim` is the size at which it counts as
    /// full; half a frame's bound at most, which leaves room for an op of the greatest size.
    pub fn new(content: Content, bytes_aim: usize) -> Self {
        ContentBuilder {
            content,
            bytes: 0,
            bytes_aim: bytes_aim.min(limits::FRAME_BYTES_MAX / 2),
        }
    }

    /// Adds an op, of whose content `next` has the head, unless the content is full or the op does not follow (other actor or boot, or a gap).
    /// Whether it was added.
    pub fn push(&mut self, next: &Content, op: &[u8]) -> bool {
        let same_run = next.actor == self.content.actor
            && next.boot == self.content.boot
            && next.wall_minus_uptime_ms == self.content.wall_minus_uptime_ms
            && next.first_seq == self.content.first_seq + self.content.ops.len() as u64;
        let full = self.content.ops.len() >= limits::FRAME_OPS_MAX
            || (!self.content.ops.is_empty() && self.bytes + op.len() > self.bytes_aim);
        if !same_run || full {
            return false;
        }
        // A content has at most FRAME_OPS_MAX ops.
        let offset = self.content.ops.len() as u32;
        let (floor, before) = (next.floor_at(0), self.content.floor_at(offset as usize));
        if offset > 0 && floor != before {
            self.content.floors.push((offset, floor));
        }
        if let Some((_, dot, hash)) = next.origins.first() {
            self.push_origin(offset, *dot, hash);
        }
        self.bytes += op.len();
        self.content.ops.push(ByteBuf::from(op.to_vec()));
        true
    }

    fn push_origin(&mut self, offset: u32, dot: Dot, hash: &[u8]) {
        if let Some((from, first, hashes)) = self.content.origins.last_mut() {
            let count = hashes.len() / HASH_BYTES;
            let goes_on = *from as usize + count == offset as usize
                && Dot::new(first.actor, first.seq + count as u64) == dot;
            if goes_on {
                hashes.extend_from_slice(hash);
                return;
            }
        }
        self.content
            .origins
            .push((offset, dot, ByteBuf::from(hash.to_vec())));
    }

    /// The finished content; none if it has no ops.
    pub fn finish(self) -> Option<Content> {
        if self.content.ops.is_empty() {
            None
        } else {
            Some(self.content)
        }
    }
}
