//! A phone of a storm whose request is ready, and what it makes of the reply.

use super::arrivals::Arriving;
use super::phone::Phone;
use anyhow::{Context, ensure};
use hyper::body::Bytes;
use otor_protocol::ids::Lane;
use otor_protocol::keys::{self, DeviceKey, MAC_BYTES};
use otor_protocol::sync::device::DeviceExchange;
use otor_protocol::wire::{self, Dictionary, FrameReader, FrameType, LaneState, Packing, Unpacker, Welcome};
use std::sync::Arc;

pub(super) fn hello_mac(request: &[u8]) -> anyhow::Result<[u8; MAC_BYTES]> {
    let mut reader = FrameReader::default();
    reader.push(request);
    let hello = reader.next_frame()?.context("a request begins with a hello")?;
    let mac = hello.payload.last_chunk().context("a hello ends with its code")?;
    Ok(*mac)
}

/// A phone whose request is ready.
pub(crate) struct Ready {
    pub(super) request: Bytes,
    pub(super) hello_mac: [u8; MAC_BYTES],
    pub(super) key: DeviceKey,
    pub(super) packing: Packing,
    pub(super) dictionary: Option<Arc<Dictionary>>,
    /// What the request's hello tells of the lanes.
    pub(super) told: [LaneState; 3],
    /// A phone that takes the reply in, record by record.
    pub(super) deep: Option<Box<(Phone, DeviceExchange)>>,
}

/// What a reply was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    /// Feed entries that were taken in, where the phone does that.
    pub items: Option<u32>,
}

impl Arriving for Ready {
    fn request(&mut self) -> Bytes {
        self.request.clone()
    }

    fn path(&self) -> &'static str {
        "/v1/sync"
    }

    /// It is the server's, to this very request, acknowledges every op by its chain, and comes to its end with every
    /// frame sound. A phone that is asked to takes it all in besides.
    fn judge(&mut self, reply: &[u8]) -> anyhow::Result<Judged> {
        let mut reader = FrameReader::default();
        reader.push(reply);
        let first = reader.next_frame()?.context("an empty reply")?;
        let is_whole = first.frame_type == FrameType::WelcomeAlone;
        ensure!(
            is_whole || first.frame_type == FrameType::Welcome,
            "no welcome: {:?}",
            first.frame_type
        );
        let welcome = match first.packed {
            true => first.unpacked(self.stream()?.as_mut())?,
            false => first.payload,
        };
        self.judge_welcome(welcome)?;
        let mut last = first_type(is_whole);
        while let Some(frame) = reader.next_frame()? {
            last = frame.frame_type;
        }
        ensure!(
            last == FrameType::End && reader.pending_bytes() == 0,
            "the reply does not come to its end"
        );
        let items = match self.deep.take() {
            None => None,
            Some(deep) => {
                let (mut phone, exchange) = *deep;
                let items = phone.take(exchange, reply)?;
                ensure!(phone.unsent() == 0, "ops are left unsent");
                Some(items)
            }
        };
        Ok(Judged { items })
    }
}

impl Ready {
    /// The stream where the request ended, from which its reply goes on, if it does.
    fn stream(&self) -> anyhow::Result<Option<Box<dyn Unpacker>>> {
        let mut unpacker = wire::unpacker(self.packing, self.dictionary.clone());
        if self.packing != Packing::Modelled {
            return Ok(unpacker);
        }
        let mut reader = FrameReader::default();
        reader.push(&self.request);
        while let Some(frame) = reader.next_frame()? {
            frame.unpacked(unpacker.as_mut())?;
        }
        Ok(unpacker.map(|unpacker| unpacker.turned().turned()))
    }

    fn judge_welcome(&self, payload: Vec<u8>) -> anyhow::Result<()> {
        let (bytes, mac) = payload
            .split_last_chunk::<MAC_BYTES>()
            .context("a welcome ends with its code")?;
        let expected = self.key.welcome_mac(&self.hello_mac, bytes);
        ensure!(
            keys::codes_equal(mac, &expected),
            "the welcome is not the server's"
        );
        let mut welcome: Welcome = wire::decode(bytes)?;
        for ack in &mut welcome.acks {
            ack.whole(self.told[ack.lane.index()])?;
        }
        for lane in Lane::ALL {
            let ack = welcome.acks.iter().find(|ack| ack.lane == lane);
            let acknowledged = ack.map(|ack| (ack.through, ack.chain));
            let told = self.told[lane.index()];
            ensure!(
                acknowledged == told.unsent.map(|(_, chain)| (told.last(), Some(chain))),
                "lane {} is not acknowledged whole",
                lane.index()
            );
            let is_kept_aside = ack.is_some_and(|ack| ack.runs.iter().any(|run| !run.verdicts.is_empty()));
            ensure!(!is_kept_aside, "ops were kept aside");
        }
        Ok(())
    }
}

/// A welcome that stands alone is the end as well.
fn first_type(is_whole: bool) -> FrameType {
    match is_whole {
        true => FrameType::End,
        false => FrameType::Welcome,
    }
}
