//! What an exchange is about, without its wrapping: the ops that went up, the news and states that came down.

use super::crossing::Crossed;
use crate::device::{Phone, PhoneStorage};
use anyhow::{Context, bail};
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::op::{Change, KindId, Op};
use otor_protocol::replica::Replica;
use otor_protocol::value::Value;
use otor_protocol::wire::{
    self, ChangeFrame, Content, Dictionary, FrameReader, FrameType, News, Packing, StateFrame, Unpacker,
};
use std::sync::Arc;

/// The content of one exchange.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchanged {
    /// Up: the unsent ops, as few batches as can be.
    pub up: Vec<Content>,
    /// Down, frame by frame.
    pub changes: Vec<ChangeFrame>,
    /// Down: pieces of a first pass.
    pub states: Vec<StateFrame>,
}

/// What a phone has to send.
///
/// # Errors
/// If its process does not run.
pub(super) fn unsent(phone: &Phone) -> anyhow::Result<Vec<Content>> {
    let replica = phone.replica().context("the phone does not run")?;
    let actors = replica.identity().certificate.actors;
    let lanes = replica.lanes().iter().zip(actors);
    Ok(lanes
        .flat_map(|(lane, actor)| lane.contents(actor, usize::MAX))
        .collect())
}

impl Exchanged {
    /// Reads what came down; `up` was there before.
    ///
    /// # Errors
    /// If it is not understood.
    pub fn read(
        up: Vec<Content>,
        crossings: &[Crossed],
        (packing, dictionary): (Packing, Option<Arc<Dictionary>>),
    ) -> anyhow::Result<Exchanged> {
        let mut exchanged = Exchanged {
            up,
            ..Exchanged::default()
        };
        for crossed in crossings {
            let stream = wire::unpacker(packing, dictionary.clone());
            exchanged.read_reply(&crossed.down, after_request(&crossed.up, stream)?)?;
        }
        Ok(exchanged)
    }

    fn read_reply(
        &mut self,
        frames: &[Vec<u8>],
        mut unpacker: Option<Box<dyn Unpacker>>,
    ) -> anyhow::Result<()> {
        let mut reader = FrameReader::default();
        for bytes in frames {
            reader.push(bytes);
            let frame = reader.next_frame()?.context("a whole frame")?;
            let frame_type = frame.frame_type;
            let payload = frame.unpacked(unpacker.as_mut())?;
            match frame_type {
                FrameType::Changes => self.changes.push(ChangeFrame::decode(&payload)?),
                FrameType::States => self.states.push(StateFrame::decode(&payload)?),
                FrameType::Welcome | FrameType::WelcomeAlone | FrameType::End => {}
                other => bail!("a frame of type {other:?} in a reply"),
            }
        }
        Ok(())
    }

    /// The ops that went up, with their dots.
    pub fn ops_up(&self) -> anyhow::Result<Vec<(Dot, Op)>> {
        let mut ops = Vec::new();
        for content in &self.up {
            for (index, seq) in (0..content.ops.len()).zip(content.first_seq..) {
                ops.push((Dot::new(content.actor, seq), content.op(index)?));
            }
        }
        Ok(ops)
    }

    /// The ops that came down, with their dots.
    pub fn ops_down(&self) -> anyhow::Result<Vec<(Dot, Op)>> {
        let items = self.changes.iter().flat_map(|frame| &frame.items);
        let mut ops = Vec::new();
        for item in items {
            if let News::Op { dot, op, .. } = &item.news {
                ops.push((*dot, wire::decode(op)?));
            }
        }
        Ok(ops)
    }

    /// Encoded records that came down.
    pub fn records_down(&self) -> impl Iterator<Item = &[u8]> {
        let states = self.states.iter().flat_map(|frame| &frame.states);
        states.map(|state| state.as_slice())
    }
}

/// Where a stream stands after the frames of a request, so that the reply can be read.
fn after_request(
    frames: &[Vec<u8>],
    mut unpacker: Option<Box<dyn Unpacker>>,
) -> anyhow::Result<Option<Box<dyn Unpacker>>> {
    let mut reader = FrameReader::default();
    for bytes in frames {
        reader.push(bytes);
        let frame = reader.next_frame()?.context("a whole frame")?;
        frame.unpacked(unpacker.as_mut())?;
    }
    Ok(unpacker.map(|unpacker| unpacker.turned().turned()))
}

/// The kind of what an op is about.
pub(super) fn kind_of(replica: &Replica<PhoneStorage>, record: RecordId) -> Option<KindId> {
    replica.view(record).map(|seen| seen.kind)
}

/// The texts in an op.
pub(super) fn texts(op: &Op) -> Vec<&str> {
    op.changes().iter().flat_map(values).filter_map(text).collect()
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The values a change writes.
pub(super) fn values(change: &Change) -> Vec<&Value> {
    match change {
        Change::Once(_, value)
        | Change::Latest(_, value)
        | Change::Append(_, value)
        | Change::Highest { value, .. }
        | Change::Centre { value, .. }
        | Change::Keep { value, .. } => vec![value],
        Change::Add { members, .. } => members.iter().collect(),
        Change::Remove { members, .. } => members.iter().map(|(value, _)| value).collect(),
        Change::Event { args, .. } => args.iter().map(|(_, value)| value).collect(),
        Change::Relocate { .. } | Change::Erase(_) => Vec::new(),
    }
}
