//! A phone of a storm: enrolled, at the end of its feeds, with a day's work written.

use super::ready::{Ready, hello_mac};
use crate::device::PhoneStorage;
use crate::measure::Writer;
use anyhow::{Context, ensure};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, Lane, PersonId, RecordId};
use otor_protocol::keys::{MAC_BYTES, Secret};
use otor_protocol::record::Edit;
use otor_protocol::replica::{DeviceClock, Replica};
use otor_protocol::sync::device::{DeviceExchange, ExchangeOptions};
use otor_protocol::sync::pace::{ContactEnd, Delivery};
use otor_protocol::value::Value;
use otor_protocol::wire::{
    self, Content, EnrolReply, EnrolRequest, FrameReader, FrameType, Hello, PROTOCOL_VERSION, Packing,
    write_frame,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Longest time since a phone was switched on, in milliseconds: they all have clocks of their own.
const UPTIME_MS_MAX: i64 = 14 * 24 * 3_600_000;
/// Most that a phone's wall clock is wrong, either way, in milliseconds.
const WALL_WRONG_MS: i64 = 120_000;
/// What a contact carries about, in bytes.
const USUAL_BYTES: u64 = 8_192;
/// Of the ops of a day of 31: one household, five reports, six edits of the household; the rest are visits.
const DAY: usize = 31;

/// How many records a day of so many ops makes: the others are edits.
pub(crate) fn records_of(ops: usize) -> u64 {
    (0..ops).filter(|number| !is_edit(*number)).count() as u64
}

/// Whether an op of a day edits the household that the day began with.
pub(crate) fn is_edit(number: usize) -> bool {
    number % DAY % 5 == 4
}

/// A phone that can write and synchronise.
pub(crate) struct Phone {
    replica: Replica<PhoneStorage>,
    rng: ChaCha8Rng,
    boot: u64,
    booted_ms: i64,
    wall_wrong_ms: i64,
}

/// Keys of a phone that is to be enrolled.
pub(crate) struct Applicant {
    secret: [u8; 32],
    rng: ChaCha8Rng,
}

impl Applicant {
    /// The phone of this name under `seed`.
    pub fn new(name: &str, seed: u64) -> Self {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new()
            .chain_update(seed.to_le_bytes())
            .chain_update(name)
            .finalize();
        let mut rng = ChaCha8Rng::from_seed(digest.into());
        Applicant {
            secret: rng.random(),
            rng,
        }
    }

    /// The request by which it is enrolled with an invitation's code.
    pub fn request(&self, code: &str) -> Vec<u8> {
        let secret = Secret::new(self.secret);
        let keys = secret.public();
        let request = EnrolRequest {
            protocol: PROTOCOL_VERSION,
            code: code.to_owned(),
            keys,
            proof: secret.sign(&EnrolRequest::signed_bytes(code, &keys)).to_vec(),
        };
        let mut frame = Vec::new();
        write_frame(&mut frame, FrameType::EnrolRequest, &wire::encode(&request));
        frame
    }

    /// The phone, with what the server answered at `now_ms`.
    pub fn enrolled(mut self, answer: &[u8], now_ms: i64) -> anyhow::Result<Phone> {
        let mut reader = FrameReader::default();
        reader.push(answer);
        let frame = reader.next_frame()?.context("no answer to the enrolment")?;
        let reply: EnrolReply = wire::decode(&frame.payload)?;
        Ok(Phone {
            boot: self.rng.random_range(1..1_000),
            booted_ms: now_ms - self.rng.random_range(60_000..UPTIME_MS_MAX),
            wall_wrong_ms: self.rng.random_range(-WALL_WRONG_MS..WALL_WRONG_MS),
            replica: Replica::enrol(PhoneStorage::default(), self.secret, reply)?,
            rng: self.rng,
        })
    }
}

impl Phone {
    fn clock(&self, now_ms: i64) -> DeviceClock {
        DeviceClock {
            boot: self.boot,
            uptime_ms: now_ms - self.booted_ms,
            wall_ms: now_ms + self.wall_wrong_ms,
        }
    }

    /// Its actors, by lane.
    pub(crate) fn actors(&self) -> [ActorId; 3] {
        self.replica.identity().certificate.actors
    }

    /// Whose it is.
    pub(crate) fn owner(&self) -> PersonId {
        self.replica.identity().certificate.owner
    }

    /// Has had two contacts that ended well, as on a good link; and seen that it is one, if that is to make it pack
    /// lightly.
    pub(crate) fn know_link(&mut self, packing: Packing) -> anyhow::Result<()> {
        if packing == Packing::Light {
            self.replica.note_delivery(Delivery {
                bytes: USUAL_BYTES,
                first_bytes: USUAL_BYTES,
                ms: 0,
            })?;
        }
        for _ in 0..2 {
            self.replica.note_contact(USUAL_BYTES, ContactEnd::Well)?;
        }
        Ok(())
    }

    /// Ops that are not acknowledged.
    pub fn unsent(&self) -> usize {
        self.replica.unsent()
    }

    /// Begins an exchange.
    pub fn begin(&mut self, now_ms: i64) -> anyhow::Result<DeviceExchange> {
        let options = ExchangeOptions::new(self.rng.random());
        let clock = self.clock(now_ms);
        Ok(DeviceExchange::begin(&mut self.replica, clock, options)?)
    }

    /// Takes the whole reply to an exchange; how many feed entries it brought.
    pub fn take(&mut self, exchange: DeviceExchange, reply: &[u8]) -> anyhow::Result<u32> {
        let (items, more) = self.take_part(exchange, reply)?;
        ensure!(!more, "there is more than one reply holds");
        Ok(items)
    }

    /// Takes a reply that may not be the last one: how many feed entries it brought, and whether there are more.
    pub fn take_part(&mut self, mut exchange: DeviceExchange, reply: &[u8]) -> anyhow::Result<(u32, bool)> {
        exchange.handle_bytes(&mut self.replica, reply)?;
        let report = exchange.finish(&mut self.replica)?;
        ensure!(report.complete, "the reply is not complete");
        Ok((report.items, report.more))
    }

    /// Writes so many ops of a usual day in a grid: visits, reports, a household and edits of it.
    pub fn work(
        &mut self,
        grid: &AreaCode,
        ops: usize,
        writer: &mut Writer,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        let mut household = None;
        for number in 0..ops {
            let place = number % DAY;
            let edited = household.filter(|_| is_edit(number));
            match edited {
                Some(record) => self.edit(record, place, writer, now_ms)?,
                None if place == 0 => {
                    let edit = writer.household_card(grid, number / DAY + 1);
                    household = Some(self.create("household", grid, &edit, now_ms)?);
                }
                None => self.write_one(grid, place, writer, now_ms)?,
            }
        }
        Ok(())
    }

    /// Creates a household that others can edit too.
    pub(crate) fn create_household(
        &mut self,
        grid: &AreaCode,
        writer: &mut Writer,
        now_ms: i64,
    ) -> anyhow::Result<RecordId> {
        let edit = writer.household_card(grid, 1);
        self.create("household", grid, &edit, now_ms)
    }

    /// Writes so many edits of one record.
    pub(crate) fn edit_often(
        &mut self,
        record: RecordId,
        edits: usize,
        writer: &mut Writer,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        (0..edits).try_for_each(|number| self.edit(record, number, writer, now_ms))
    }

    /// Writes so many records and no edits.
    pub fn create_records(
        &mut self,
        grid: &AreaCode,
        records: usize,
        writer: &mut Writer,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        (0..records).try_for_each(|number| self.write_one(grid, number, writer, now_ms))
    }

    /// Writes so many visits.
    pub(crate) fn create_visits(
        &mut self,
        grid: &AreaCode,
        visits: usize,
        writer: &mut Writer,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        // No other place of a day is a visit more surely.
        (0..visits).try_for_each(|_| self.write_one(grid, 0, writer, now_ms))
    }

    /// The hello under which the phone would bring its visits, and the first of them as one content.
    pub(crate) fn as_frame(&mut self, now_ms: i64) -> anyhow::Result<(Hello, Content)> {
        let (hello, contents) = self.as_frames(now_ms)?;
        let rest = self.replica.identity().certificate.actors[Lane::Rest.index()];
        let mut visits = contents.into_iter().filter(|content| content.actor == rest);
        Ok((hello, visits.next().context("nothing is written")?))
    }

    /// The hello under which the phone would bring what is unsent, and all of it.
    pub(crate) fn as_frames(&mut self, now_ms: i64) -> anyhow::Result<(Hello, Vec<Content>)> {
        let request = self.begin(now_ms)?.request();
        let mut reader = FrameReader::default();
        reader.push(&request);
        let first = reader.next_frame()?.context("a request begins with a hello")?;
        let (hello, _) = first
            .payload
            .split_last_chunk::<MAC_BYTES>()
            .context("a hello ends with its code")?;
        let actors = self.replica.identity().certificate.actors;
        let lanes = self.replica.lanes().iter().zip(actors);
        let contents = lanes.flat_map(|(lane, actor)| lane.contents(actor, usize::MAX));
        Ok((wire::decode(hello)?, contents.collect()))
    }

    fn write_one(
        &mut self,
        grid: &AreaCode,
        place: usize,
        writer: &mut Writer,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        if place % 6 == 3 {
            let text = writer.earlier_description();
            let edit = writer.report(grid, now_ms, &text);
            self.create("report", grid, &edit, now_ms)?;
        } else {
            let text = writer.earlier_note();
            let edit = writer.visit(grid, now_ms, &text);
            self.create("visit", grid, &edit, now_ms)?;
        }
        Ok(())
    }

    fn create(&mut self, kind: &str, grid: &AreaCode, edit: &Edit, now_ms: i64) -> anyhow::Result<RecordId> {
        Ok(self
            .replica
            .create(self.clock(now_ms), kind, grid.clone(), edit)?)
    }

    fn edit(
        &mut self,
        record: RecordId,
        place: usize,
        writer: &mut Writer,
        now_ms: i64,
    ) -> anyhow::Result<()> {
        let edit = if place.is_multiple_of(2) {
            Edit {
                set: vec![("phone".to_owned(), writer.phone())],
                ..Edit::default()
            }
        } else {
            let words = writer.addition(0);
            Edit {
                append: vec![("notes".to_owned(), vec![Value::from(words.as_str())])],
                ..Edit::default()
            }
        };
        self.replica.edit(self.clock(now_ms), record, &edit)?;
        Ok(())
    }

    /// Writes the request for all that is unsent, and keeps what is needed to judge the reply; with all it holds, if
    /// `deeply`.
    pub fn ready(mut self, now_ms: i64, deeply: bool) -> anyhow::Result<Ready> {
        let exchange = self.begin(now_ms)?;
        let request = exchange.request();
        Ok(Ready {
            hello_mac: hello_mac(&request)?,
            request: request.into(),
            key: self.replica.device_key().clone(),
            packing: self.replica.packing(),
            dictionary: self.replica.dictionary(),
            told: self.replica.lane_states(),
            deep: deeply.then(|| Box::new((self, exchange))),
        })
    }
}
