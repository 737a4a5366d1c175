//! What one colleague wrote, written by others in villages of their own: thousands of colleagues need not each make up
//! texts for hundreds of records.

use super::field::{self, GRIDS_PER_VILLAGE};
use super::phone::Phone;
use crate::measure::Writer;
use anyhow::{Context, ensure};
use otor_protocol::ids::PersonId;
use otor_protocol::limits::FRAME_OPS_MAX;
use otor_protocol::op::{Body, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::{self, Content, Hello};

/// An op of the first colleague.
#[derive(Clone)]
struct Written {
    op: Op,
    lane: usize,
    /// The place of its grid among those of the village.
    grid: usize,
    /// How long before the hello it was written, in milliseconds.
    before_ms: i64,
}

/// What a colleague wrote in a village.
#[derive(Clone)]
pub(crate) struct Copied(Vec<Written>);

impl Copied {
    /// A phone writes so many records in each grid of the first village.
    ///
    /// # Errors
    /// If the phone cannot write them.
    pub fn write(mut phone: Phone, records: usize, writer: &mut Writer, now_ms: i64) -> anyhow::Result<Self> {
        for number in 0..GRIDS_PER_VILLAGE {
            let grid = field::grid_code(number).parse()?;
            phone.create_records(&grid, records, writer, now_ms)?;
        }
        let (hello, contents) = phone.as_frames(now_ms)?;
        let actors = phone.actors();
        let mut written = Vec::new();
        for content in contents {
            let lane = actors.iter().position(|actor| *actor == content.actor);
            let lane = lane.context("an actor of the phone")?;
            for bytes in &content.ops {
                let op: Op = wire::decode(bytes)?;
                let Body::Create { area, .. } = &op.body else {
                    continue;
                };
                let mut grids = (0..GRIDS_PER_VILLAGE).map(field::grid_code);
                let grid = grids.position(|code| code == area.as_str());
                written.push(Written {
                    lane,
                    grid: grid.context("a grid of the village")?,
                    before_ms: hello.uptime_ms - op.uptime_ms,
                    op,
                });
            }
        }
        Ok(Copied(written))
    }

    /// The same as another phone brings it from its own village, whose first grids so many are, with the hello.
    ///
    /// # Errors
    /// If the phone has written something itself.
    pub fn by(
        &self,
        phone: &mut Phone,
        (village, grids): (usize, usize),
        now_ms: i64,
    ) -> anyhow::Result<(Hello, Vec<Content>)> {
        let (hello, own) = phone.as_frames(now_ms)?;
        ensure!(own.is_empty(), "the phone has work of its own");
        let first = village * GRIDS_PER_VILLAGE;
        let mut contents = Vec::new();
        for (lane, actor) in phone.actors().into_iter().enumerate() {
            let here = |written: &&Written| written.lane == lane && written.grid < grids;
            let ops = self.0.iter().filter(here);
            let ops = ops.map(|written| written.as_of(phone.owner(), first, hello.uptime_ms));
            let ops = ops.collect::<anyhow::Result<Vec<Vec<u8>>>>()?;
            for (part, ops) in ops.chunks(FRAME_OPS_MAX).enumerate() {
                contents.push(Content {
                    actor,
                    first_seq: (part * FRAME_OPS_MAX) as u64 + 1,
                    boot: hello.boot,
                    wall_minus_uptime_ms: now_ms - hello.uptime_ms,
                    floors: vec![(0, Stamp::default())],
                    ops: ops.iter().cloned().map(Into::into).collect(),
                    origins: Vec::new(),
                });
            }
        }
        Ok((hello, contents))
    }
}

impl Written {
    fn as_of(&self, author: PersonId, first_grid: usize, uptime_ms: i64) -> anyhow::Result<Vec<u8>> {
        let mut op = self.op.clone();
        op.author = author;
        op.uptime_ms = uptime_ms - self.before_ms;
        if let Body::Create { area, .. } = &mut op.body {
            *area = field::grid_code(first_grid + self.grid).parse()?;
        }
        Ok(wire::encode(&op))
    }
}
