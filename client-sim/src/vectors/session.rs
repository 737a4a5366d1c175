//! One session of a phone with a server, as it goes: what crossed, and what each side has afterwards.

use super::document::{Hex, document as vectors_of, line};
use super::keys;
use crate::device::{PhoneClock, PhoneStorage};
use crate::in_process::{LocalCentre, LocalServer};
use crate::replay::centre::Centre;
use anyhow::{Context, anyhow};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::digest::Digest;
use otor_protocol::ids::{ActorId, Dot, Lane, RecordId, ScopeId};
use otor_protocol::keys::{Chain, Secret};
use otor_protocol::record::Edit;
use otor_protocol::replica::{OpState, Replica};
use otor_protocol::stamp::Stamp;
use otor_protocol::sync::device::{DeviceExchange, ExchangeOptions};
use otor_protocol::value::Value;
use otor_protocol::wire::{self, Cursor, EnrolRequest, PROTOCOL_VERSION, Verdict};
use serde::Serialize;
use serde_json::json;

const ABOUT: &str = "A session, step by step. \"enrolled\": the phone has this secret and was enrolled with this reply \
(a message). \"write\": it has written this op. \"reboot\": it has booted anew. \"exchange\": it tried to \
synchronise, its clocks showing `boot`, `uptime_ms` and `wall_ms`; `request` is what it would send, of which \
`arrived` bytes came to the server, `reply` what came back of its answer (all of it if `complete`). `server` is how \
far the server then has each actor's ops; `phone` is what the phone holds then. Nothing is packed. A phone may lay \
out its op frames otherwise, the rest of its requests is as here.";

/// The grid of both phones.
pub(super) const GRID: &str = "150821100201001";
/// Another grid.
pub(super) const OTHER_GRID: &str = "150821100201002";
const MORNING_MS: i64 = 1_772_409_600_000;

#[derive(Serialize)]
struct Enrolled {
    step: &'static str,
    secret: Hex,
    reply: Hex,
}

#[derive(Serialize)]
struct Wrote {
    step: &'static str,
    lane: Lane,
    op: Hex,
    boot: u64,
    wall_minus_uptime_ms: i64,
    floor: Stamp,
    chain: Chain,
}

#[derive(Serialize)]
struct Exchanged {
    step: &'static str,
    nonce: u32,
    boot: u64,
    uptime_ms: i64,
    wall_ms: i64,
    request: Hex,
    arrived: usize,
    reply: Hex,
    complete: bool,
    server: Vec<(ActorId, u64)>,
    phone: Phone,
}

#[derive(Serialize)]
struct Phone {
    acked: Vec<u64>,
    feeds: Vec<Feeds>,
    records: Vec<Hex>,
    aside: Vec<(Dot, Verdict)>,
}

#[derive(Serialize)]
struct Feeds {
    scope: ScopeId,
    cursors: [Cursor; 3],
    digests: [Option<Digest>; 3],
    losing: bool,
}

/// A phone of a session, or the one beside it.
struct Handset {
    replica: Replica<PhoneStorage>,
    clock: PhoneClock,
    nonce: u32,
}

pub(super) struct Session {
    server: LocalServer,
    phone: Handset,
    beside: Handset,
    now_ms: i64,
    steps: Vec<String>,
}

impl Session {
    pub(super) fn begin(seed: u64) -> anyhow::Result<Self> {
        let mut server = LocalServer::new(seed);
        let now_ms = MORNING_MS;
        server.start(now_ms)?;
        let mut centre = LocalCentre {
            server: &mut server,
            now_ms,
        };
        for grid in [GRID, OTHER_GRID] {
            centre.area(grid, "格", "grid")?;
        }
        for worker in ["w-1", "w-2"] {
            centre.worker(worker, "李花", &[GRID.to_owned()])?;
        }
        let (phone, step) = Handset::enrolled(&mut server, "w-1", &keys::secret(0), now_ms)?;
        let (beside, _) = Handset::enrolled(&mut server, "w-2", &keys::secret(0x40), now_ms)?;
        Ok(Session {
            server,
            phone,
            beside,
            now_ms,
            steps: vec![step],
        })
    }

    pub(super) fn centre(&mut self) -> LocalCentre<'_> {
        self.now_ms += 1_000;
        LocalCentre {
            server: &mut self.server,
            now_ms: self.now_ms,
        }
    }

    pub(super) fn create(
        &mut self,
        kind: &str,
        grid: &str,
        fields: &[(&str, Value)],
    ) -> anyhow::Result<RecordId> {
        self.now_ms += 60_000;
        let edit = edit(fields);
        let clock = self.phone.clock.reading(self.now_ms);
        let record = self.phone.replica.create(clock, kind, grid.parse()?, &edit);
        let record = record.map_err(|error| anyhow!("{error}"))?;
        self.note_last(record.0.actor)?;
        Ok(record)
    }

    pub(super) fn edit(&mut self, record: RecordId, edit: &Edit) -> anyhow::Result<Dot> {
        self.now_ms += 60_000;
        let clock = self.phone.clock.reading(self.now_ms);
        let dot = self.phone.replica.edit(clock, record, edit);
        let dot = dot.map_err(|error| anyhow!("{error}"))?;
        self.note_last(dot.actor)?;
        Ok(dot)
    }

    fn note_last(&mut self, actor: ActorId) -> anyhow::Result<()> {
        let actors = self.phone.replica.identity().certificate.actors;
        let lane = Lane::ALL.into_iter().find(|lane| actors[lane.index()] == actor);
        let lane = lane.context("an actor of the phone")?;
        let log = &self.phone.replica.lanes()[lane.index()];
        let own = log.op(log.last()).context("the op just written")?;
        self.steps.push(line(&Wrote {
            step: "write",
            lane,
            op: Hex(own.op.to_vec()),
            boot: own.boot,
            wall_minus_uptime_ms: own.wall_minus_uptime_ms,
            floor: own.floor,
            chain: own.chain,
        }));
        Ok(())
    }

    pub(super) fn reboot(&mut self) {
        self.phone.clock.reboot(self.now_ms);
        self.steps.push(json!({"step": "reboot"}).to_string());
    }

    /// A record that the phone holds and did not create.
    pub(super) fn somebody_elses(&self) -> Option<RecordId> {
        let own = self.phone.replica.identity().certificate.actors;
        let mut records = self.phone.replica.records();
        records.find(|record| !own.contains(&record.0.actor))
    }

    /// The other phone writes something, and synchronises.
    pub(super) fn beside(&mut self, count: usize) -> anyhow::Result<()> {
        for number in 0..count {
            self.now_ms += 30_000;
            let fields = [
                ("household", Value::from(format!("{GRID}-1{number:02}").as_str())),
                ("note", Value::from("独居老人，药快吃完了，明天送去。")),
            ];
            let clock = self.beside.clock.reading(self.now_ms);
            let written = self
                .beside
                .replica
                .create(clock, "visit", GRID.parse()?, &edit(&fields));
            written.map_err(|error| anyhow!("{error}"))?;
        }
        let now_ms = self.now_ms;
        let exchange = self.beside.begin(now_ms)?;
        let reply = answer(&mut self.server, &exchange.0.request(), now_ms)?;
        self.beside.take(exchange.0, &reply)?;
        Ok(())
    }

    /// An attempt of which only so much of the request arrives, or so much of the reply.
    pub(super) fn exchange(&mut self, up: Option<usize>, down: Option<usize>) -> anyhow::Result<()> {
        self.now_ms += 10_000;
        let now_ms = self.now_ms;
        let clock = self.phone.clock.reading(now_ms);
        let (exchange, nonce) = self.phone.begin(now_ms)?;
        let request = exchange.request();
        let arrived = up.unwrap_or(request.len()).min(request.len());
        let whole = answer(&mut self.server, &request[..arrived], now_ms + 200)?;
        let crossed = down.unwrap_or(whole.len()).min(whole.len());
        let complete = self.phone.take(exchange, &whole[..crossed])?;
        let server = self.centre().through()?.into_iter().collect();
        self.steps.push(line(&Exchanged {
            step: "exchange",
            nonce,
            boot: clock.boot,
            uptime_ms: clock.uptime_ms,
            wall_ms: clock.wall_ms,
            request: Hex(request),
            arrived,
            reply: Hex(whole[..crossed].to_vec()),
            complete,
            server,
            phone: self.phone.state(),
        }));
        Ok(())
    }

    pub(super) fn document(self) -> String {
        vectors_of(ABOUT, &self.steps)
    }
}

/// Fields to set.
pub(super) fn edit(fields: &[(&str, Value)]) -> Edit {
    Edit {
        set: fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        ..Edit::default()
    }
}

/// The whole reply to as much of a request as arrives; empty if that is not all.
fn answer(server: &mut LocalServer, request: &[u8], now_ms: i64) -> anyhow::Result<Vec<u8>> {
    let mut exchange = server.open_exchange()?;
    Ok(server
        .receive(&mut exchange, request, now_ms)?
        .unwrap_or_default())
}

impl Handset {
    fn enrolled(
        server: &mut LocalServer,
        worker: &str,
        secret: &Secret,
        now_ms: i64,
    ) -> anyhow::Result<(Self, String)> {
        let code = LocalCentre { server, now_ms }.invite(worker)?;
        let keys = secret.public();
        let proof = secret.sign(&EnrolRequest::signed_bytes(&code, &keys)).to_vec();
        let request = EnrolRequest {
            protocol: PROTOCOL_VERSION,
            code,
            keys,
            proof,
        };
        let mut reply = server.enrol(now_ms, &request)?;
        reply.packing = 0;
        let step = line(&Enrolled {
            step: "enrolled",
            secret: Hex(secret.as_bytes().to_vec()),
            reply: Hex(wire::encode(&reply)),
        });
        let mut replica = Replica::enrol(PhoneStorage::default(), *secret.as_bytes(), reply)?;
        // Whoever reads the vectors may have no later catalogue than the first.
        replica.use_catalogue(Catalogue::of_version(1).context("the first catalogue")?);
        let clock = PhoneClock::booted_at(now_ms - 3_600_000);
        Ok((
            Handset {
                replica,
                clock,
                nonce: 0x5eed_0000,
            },
            step,
        ))
    }

    fn begin(&mut self, now_ms: i64) -> anyhow::Result<(DeviceExchange, u32)> {
        self.nonce += 0x1_0001;
        let options = ExchangeOptions::new(self.nonce);
        let clock = self.clock.reading(now_ms);
        Ok((
            DeviceExchange::begin(&mut self.replica, clock, options)?,
            self.nonce,
        ))
    }

    /// Whether the reply was complete.
    fn take(&mut self, mut exchange: DeviceExchange, reply: &[u8]) -> anyhow::Result<bool> {
        exchange
            .handle_bytes(&mut self.replica, reply)
            .map_err(|error| anyhow!("{error}"))?;
        Ok(exchange.finish(&mut self.replica)?.complete)
    }

    fn state(&self) -> Phone {
        let replica = &self.replica;
        let mut records: Vec<_> = replica.mirror().collect();
        records.sort_by_key(|record| record.id);
        Phone {
            acked: replica.lanes().iter().map(|lane| lane.acked()).collect(),
            feeds: replica
                .scopes()
                .map(|(scope, state)| Feeds {
                    scope,
                    cursors: state.cursors,
                    digests: state.told,
                    losing: state.losing,
                })
                .collect(),
            records: records.iter().map(|record| Hex(record.encode())).collect(),
            aside: replica
                .tray()
                .into_iter()
                .map(|entry| (entry.dot, verdict(&entry.state)))
                .collect(),
        }
    }
}

fn verdict(state: &OpState) -> Verdict {
    match state {
        OpState::Parked => Verdict::Parked,
        OpState::Quarantined { reason, .. } => Verdict::Quarantined(*reason),
        OpState::Unsent | OpState::Merged | OpState::MergedWithConflict => Verdict::Accepted,
    }
}
