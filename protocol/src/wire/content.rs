//! Content of an op frame: consecutive ops of one actor, written in one boot between two exchanges. It is
//! self-contained and canonical: the same bytes are journaled, hashed and carried by other bearers.

use super::{Malformed, columns, decode, encode};
use crate::ids::ActorId;
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
}

impl Content {
    /// Its bytes, by column.
    pub fn encode(&self) -> Vec<u8> {
        let head = encode(&(
            self.actor,
            self.first_seq,
            self.boot,
            self.wall_minus_uptime_ms,
            &self.floors,
        ));
        columns::lay_out(&head, self.ops.iter().map(|op| op.as_slice()))
    }

    /// Its bytes with each op as it is: what a phone sends whose columns were not understood.
    pub fn encode_plain(&self) -> Vec<u8> {
        encode(&(
            self.actor,
            self.first_seq,
            self.boot,
            self.wall_minus_uptime_ms,
            &self.floors,
            &self.ops,
        ))
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

    /// Reads content, by column or plain, within the bounds.
    ///
    /// # Errors
    /// [`Malformed`] if it does not decode, is empty or beyond a bound.
    pub fn decode(bytes: &[u8]) -> Result<Content, Malformed> {
        let content = if bytes.first() == Some(&PLAIN) {
            let (actor, first_seq, boot, wall_minus_uptime_ms, floors, ops) = decode(bytes)?;
            Content {
                actor,
                first_seq,
                boot,
                wall_minus_uptime_ms,
                floors,
                ops,
            }
        } else {
            let batch = columns::read_back(bytes).ok_or(Malformed)?;
            let (actor, first_seq, boot, wall_minus_uptime_ms, floors) = decode(&batch.head)?;
            Content {
                actor,
                first_seq,
                boot,
                wall_minus_uptime_ms,
                floors,
                ops: batch.rows.into_iter().map(ByteBuf::from).collect(),
            }
        };
        let count = content.ops.len();
        let fits = (1..=limits::FRAME_OPS_MAX).contains(&count)
            && content.first_seq >= 1
            && floors_fit(&content.floors, count)
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
    /// Begins a content; `content.ops` is empty. `bytes_aim` is the size at which it counts as
    /// full; half a frame's bound at most, which leaves room for an op of the greatest size.
    pub fn new(content: Content, bytes_aim: usize) -> Self {
        ContentBuilder {
            content,
            bytes: 0,
            bytes_aim: bytes_aim.min(limits::FRAME_BYTES_MAX / 2),
        }
    }

    /// Adds an op unless the content is full or the op does not follow (other actor or boot, or a gap).
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
        self.bytes += op.len();
        self.content.ops.push(ByteBuf::from(op.to_vec()));
        true
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
