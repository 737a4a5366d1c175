//! The op frames of a request: what is urgent first, and under a bound a share for the rest.

use crate::ids::{ActorId, Lane};
use crate::keys::MAC_BYTES;
use crate::limits::{FRAME_BYTES_AIM_MIN, REQUEST_FRAMES_MAX};
use crate::replica::{Replica, Storage};
use crate::wire::{self, Content, FrameType, FrameWriter, Hello, Unpacker};
use std::collections::VecDeque;

/// Of a bounded direction, the parts in percent that lane 0, and lanes 0 and 1 together, may take before the
/// others have had their turn.
pub const LANE_SHARE_PERCENT: [u64; 3] = [60, 85, 100];

/// What one frame of a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentOps {
    /// Whose ops.
    pub actor: ActorId,
    /// Seq of the first.
    pub first_seq: u64,
    /// Bytes of each, before packing.
    pub op_bytes: Vec<usize>,
}

/// The op frames of a request.
#[derive(Default)]
pub(super) struct Upload {
    /// Each with what it carries.
    pub frames: Vec<(Vec<u8>, SentOps)>,
    /// Whether the bound left ops behind.
    pub more: bool,
    /// What the reply is read with; none if nothing is packed.
    pub reader: Option<Box<dyn Unpacker>>,
    /// A frame could not be packed: the request has to be written plainly.
    pub spoilt: bool,
}

/// The most that a bounded direction may have in one frame before packing, so that the bound holds about.
pub fn frame_bytes_under(budget_bytes: u64, aim: usize) -> usize {
    match budget_bytes {
        0 => aim,
        budget => usize::try_from(budget / 2)
            .unwrap_or(usize::MAX)
            .clamp(FRAME_BYTES_AIM_MIN, aim.max(FRAME_BYTES_AIM_MIN)),
    }
}

impl Upload {
    /// Nothing is sent.
    pub fn of_nothing<S: Storage>(replica: &Replica<S>) -> Upload {
        Upload {
            reader: wire::unpacker(replica.packing(), replica.dictionary()),
            ..Upload::default()
        }
    }

    /// Writes them, after a hello of `hello_bytes`. The bound is the phone's wish or what its link's contacts carry,
    /// whichever is less; one frame always goes.
    pub fn write<S: Storage>(
        replica: &Replica<S>,
        hello: &Hello,
        (hello_mac, hello_bytes): (&[u8; MAC_BYTES], usize),
        budget_bytes: u32,
    ) -> Upload {
        let pace = replica.pace();
        let wished = (budget_bytes > 0).then_some(budget_bytes);
        let bound = wished.into_iter().chain(pace.request_bytes_max()).min();
        let budget = u64::from(bound.unwrap_or(0));
        let aim = frame_bytes_under(budget, pace.frame_bytes_aim());
        let mut waiting = Lane::ALL.map(|lane| VecDeque::from(replica.unsent_contents(lane, hello, aim)));
        // What a restored server lacks of former branches goes before what may refer to it.
        for content in replica.former_contents(aim).into_iter().rev() {
            waiting[0].push_front(content);
        }
        let mut upload = Upload::default();
        let mut writer = FrameWriter::new(replica.packing(), replica.dictionary());
        let mut sent_bytes = hello_bytes as u64;
        for percent in [LANE_SHARE_PERCENT, [100; 3]] {
            for (lane, percent) in waiting.iter_mut().zip(percent) {
                let most = budget * percent / 100;
                while budget == 0 || upload.frames.is_empty() || sent_bytes < most {
                    if upload.frames.len() >= REQUEST_FRAMES_MAX {
                        break;
                    }
                    let Some(content) = lane.pop_front() else { break };
                    let bytes = upload.push(replica, &mut writer, hello_mac, &content);
                    sent_bytes += bytes as u64;
                }
            }
        }
        upload.more = waiting.iter().any(|lane| !lane.is_empty());
        upload.spoilt = writer.is_spoilt();
        upload.reader = writer.into_reader();
        upload
    }

    fn push<S: Storage>(
        &mut self,
        replica: &Replica<S>,
        writer: &mut FrameWriter,
        hello_mac: &[u8; MAC_BYTES],
        content: &Content,
    ) -> usize {
        let sent = SentOps {
            actor: content.actor,
            first_seq: content.first_seq,
            op_bytes: content.ops.iter().map(|op| op.len()).collect(),
        };
        let (frame_type, mut payload) = match replica.refill(content) {
            Some(refill) => (FrameType::Refill, refill),
            None if replica.speaks_plainly() => (FrameType::Ops, content.encode_plain()),
            None => (FrameType::Ops, content.encode()),
        };
        // Bounded by REQUEST_FRAMES_MAX.
        let index = self.frames.len() as u32;
        let mac = replica.device_key().frame_mac(hello_mac, index, &payload);
        payload.extend_from_slice(&mac);
        let mut bytes = Vec::new();
        writer.write(&mut bytes, frame_type, &payload);
        let length = bytes.len();
        self.frames.push((bytes, sent));
        length
    }
}

impl<S: Storage> Replica<S> {
    /// Whether a complete reply acknowledged something of each lane of which something was sent. If not, the server
    /// had these frames and could not read them.
    pub(super) fn all_heard<'a>(&self, sent: impl IntoIterator<Item = &'a SentOps>) -> bool {
        sent.into_iter().all(|frame| {
            let lane = Lane::ALL
                .into_iter()
                .find(|lane| self.actor(*lane) == frame.actor);
            // What was sent begins right after what was acknowledged before.
            lane.is_none_or(|lane| self.lanes()[lane.index()].acked() + 1 != frame.first_seq)
        })
    }
}
