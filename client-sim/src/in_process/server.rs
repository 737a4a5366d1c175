//! A server in this process: start, kill, power cut; requests in, replies out.

use super::clock::Clock;
use super::mortal::{Gone, Troubles};
use super::watch::Watch;
use super::watched::{WatchedDisk, WatchedTables};
use anyhow::{Context, anyhow, bail};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Dot, RecordId};
use otor_protocol::keys::{Certificate, MAC_BYTES, Secret, op_hash};
use otor_protocol::op::FieldId;
use otor_protocol::wire::{
    self, Dictionaries, EnrolReply, EnrolRequest, FrameReader, FrameType, Packing, SHIPPED_DICTIONARY,
    ShippedDictionaries, Welcome,
};
use otor_server::commit::CommitPath;
use otor_server::decide::admin;
use otor_server::service::attempts::Attempts;
use otor_server::service::sync;
use otor_server::state::{StateFold, read};
use otor_server::store::disk::{CrashMode, SimulatedDisk};
use otor_server::store::engine::{Engine, EngineOptions, Reader};
use otor_server::store::journal::DatabaseId;
use otor_server::store::table::MemoryTables;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A server on a simulated disk.
pub struct LocalServer {
    pub(super) disk: SimulatedDisk,
    pub(super) tables: MemoryTables,
    pub(super) watch: Watch,
    pub(super) troubles: Troubles,
    /// The content of its table at some time.
    pub(super) kept_table: Option<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(super) secret: Secret,
    pub(super) rng: ChaCha8Rng,
    /// Draws how many frames of a request are under way at once.
    pub(super) pipeline: ChaCha8Rng,
    pub(super) running: Option<Running>,
    /// How often it was started.
    pub(super) starts: u64,
    /// A backup of its data.
    pub(super) backup: Option<SimulatedDisk>,
    /// What was erased, kept apart from backups.
    pub(super) erasures: Vec<(RecordId, Vec<FieldId>)>,
    /// How often phones asked where they differ, but for those in a history that goes on from a backup without a
    /// word: what such a phone had from the time after the backup it can only find out so.
    pub(super) checks_asked: u64,
    /// The histories that a backup went on with, without a word.
    pub(super) used_again: BTreeSet<u64>,
    /// Whether feeds are trimmed, far sooner than they ever should.
    pub(super) trims: bool,
    /// The catalogue of its version.
    pub(super) catalogue: Catalogue,
    /// What its wall clock shows, less the true time, and what watches it.
    pub(super) clock: Clock,
    pub(super) dictionaries: Arc<dyn Dictionaries>,
    /// Whether its statistics are told with what it shows of itself.
    pub(super) tells_statistics: bool,
    /// The account that acts; none for the first one.
    pub(super) acting: Option<String>,
    /// The batches and welcomes that have crossed, if they are kept.
    pub(super) batches: Option<Vec<Vec<u8>>>,
}

pub(super) struct Running {
    pub(super) path: CommitPath,
    pub(super) reader: Reader,
    pub(super) attempts: Arc<Attempts>,
    /// How much waits in the commit path.
    pub(super) queued: usize,
}

/// A welcome as it crosses packed, without chains that hellos tell; and without its code, which is like nothing before.
fn terse_welcome(payload: &[u8]) -> Option<Vec<u8>> {
    let (bytes, _) = payload.split_last_chunk::<MAC_BYTES>()?;
    let mut welcome: Welcome = wire::decode(bytes).ok()?;
    welcome.acks.iter_mut().for_each(|ack| ack.chain = None);
    Some(wire::encode(&welcome))
}

impl LocalServer {
    /// A server that has never run.
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5e7e);
        let watch = Watch::default();
        LocalServer {
            disk: SimulatedDisk::new(watch.fuse().clone()),
            tables: MemoryTables::new(watch.fuse().clone()),
            watch,
            troubles: Troubles::default(),
            kept_table: None,
            secret: Secret::new(rng.random()),
            rng,
            pipeline: ChaCha8Rng::seed_from_u64(seed ^ 0x919e),
            running: None,
            starts: 0,
            backup: None,
            erasures: Vec::new(),
            checks_asked: 0,
            used_again: BTreeSet::new(),
            trims: false,
            catalogue: Catalogue::built_in(),
            clock: Clock::default(),
            dictionaries: Arc::new(ShippedDictionaries),
            tells_statistics: false,
            acting: None,
            batches: None,
        }
    }

    /// Its statistics are told with what it shows of itself.
    pub fn tell_statistics(&mut self) {
        self.tells_statistics = true;
    }

    /// Keeps all batches and welcomes that cross; phones enrolled from now on pack nothing.
    pub fn keep_batches(&mut self) {
        self.batches = Some(Vec::new());
    }

    /// The batches kept so far.
    pub fn take_batches(&mut self) -> Vec<Vec<u8>> {
        self.batches.take().unwrap_or_default()
    }

    pub(super) fn note_batches(&mut self, mut reader: FrameReader) {
        let Some(batches) = &mut self.batches else {
            return;
        };
        while let Ok(Some(frame)) = reader.next_frame() {
            match frame.frame_type {
                FrameType::Changes | FrameType::States => batches.push(frame.payload),
                FrameType::Welcome => batches.extend(terse_welcome(&frame.payload)),
                _ => {}
            }
        }
    }

    /// What exchanges may be packed with from now on.
    pub fn use_dictionaries(&mut self, dictionaries: Arc<dyn Dictionaries>) {
        self.dictionaries = dictionaries;
    }

    /// Starts it at server time `now_ms`.
    ///
    /// # Errors
    /// If its state does not open.
    pub fn start(&mut self, now_ms: i64) -> anyhow::Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        let started = self.begin(now_ms);
        self.see_to_end(None);
        if started.is_err() && self.running.is_some() {
            self.kill();
        }
        started
    }

    fn begin(&mut self, now_ms: i64) -> anyhow::Result<()> {
        let options = EngineOptions::new(DatabaseId(self.rng.random()));
        let disk = WatchedDisk {
            disk: self.disk.clone(),
            watch: self.watch.clone(),
        };
        let tables = WatchedTables {
            tables: self.tables.clone(),
            watch: self.watch.clone(),
        };
        let (engine, _) = Engine::open(
            Arc::new(disk),
            Arc::new(tables),
            Arc::new(StateFold),
            options,
            &mut |_| {},
        )?;
        let reader = engine.reader();
        let path = CommitPath::new(engine, self.catalogue.clone())?;
        let last_ms = read::server(&reader.snapshot())?.last_ms;
        self.clock.begin(last_ms, now_ms);
        self.starts += 1;
        self.running = Some(Running {
            path,
            reader,
            attempts: Arc::default(),
            queued: 0,
        });
        let incarnation = self.rng.random::<u64>() | 1;
        self.decide(now_ms, move |desk| {
            Ok((admin::start::begin(desk, incarnation)?, ()))
        })?;
        self.decide(now_ms, |desk| admin::start::found(desk, [7; 32]))?
            .map_err(|refusal| anyhow!("{refusal}"))?;
        Ok(())
    }

    /// It becomes a server with another version of the catalogue; one that runs is started anew.
    ///
    /// # Errors
    /// If there is no such version, or it does not start.
    pub fn use_catalogue(&mut self, version: u32, now_ms: i64) -> anyhow::Result<()> {
        self.catalogue = Catalogue::of_version(version).context("there is no such catalogue")?;
        if self.running.is_some() {
            self.kill();
            self.start(now_ms)?;
        }
        Ok(())
    }

    /// Its process is killed: what was written stays written.
    pub fn kill(&mut self) {
        self.running = None;
        self.disk.kill();
        self.tables.kill();
    }

    /// The machine loses power: what was not flushed is lost, torn or reordered.
    pub fn power_cut(&mut self) {
        let mode = match self.rng.random_range(0..3) {
            0 => CrashMode::LoseUnsynced,
            1 => CrashMode::Torn,
            _ => CrashMode::Reordered,
        };
        self.lose_power(mode);
    }

    pub(super) fn lose_power(&mut self, mode: CrashMode) {
        self.running = None;
        self.disk.crash(mode, self.rng.random());
        self.tables.crash(mode, self.rng.random());
    }

    /// How often it was started.
    pub fn starts(&self) -> u64 {
        self.starts
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// A handle on its durable state.
    ///
    /// # Errors
    /// If it does not run.
    pub fn reader(&self) -> anyhow::Result<Reader> {
        Ok(self.running.as_ref().ok_or(Gone::Down)?.reader.clone())
    }

    /// How often phones asked where they differ from it, though no backup was used without a word in their history.
    pub fn checks_asked(&self) -> u64 {
        self.checks_asked
    }

    /// How many rows of its table it has put right since it was started.
    pub fn mended(&self) -> u64 {
        self.running.as_ref().map_or(0, |running| running.path.mended())
    }

    /// Whether the server whose state this reads has exactly this op under its dot.
    pub fn holds(reader: &Reader, dot: Dot, op: &[u8]) -> bool {
        let view = reader.snapshot();
        sync::op_hash_at(&view, dot).is_ok_and(|hash| hash == Some(op_hash(op)))
    }

    /// Writes a checkpoint, as the real server does from time to time.
    ///
    /// # Errors
    /// If it does not run, or stops over it.
    pub fn checkpoint(&mut self) -> anyhow::Result<()> {
        let written = self.running.as_mut().ok_or(Gone::Down)?.path.checkpoint();
        self.see_to_end(written.as_ref().err().map(ToString::to_string));
        written?;
        Ok(())
    }

    /// Enrols a phone: the request's frame in, the reply's frame out.
    ///
    /// # Errors
    /// If the request is refused.
    pub fn enrol(&mut self, now_ms: i64, request: &EnrolRequest) -> anyhow::Result<EnrolReply> {
        let signed = EnrolRequest::signed_bytes(&request.code, &request.keys);
        if !request.keys.verify(&signed, &request.proof) {
            bail!("the phone does not hold its keys");
        }
        self.expect_right_clock(now_ms)?;
        let (hash, keys) = (admin::invitation_hash(&request.code), request.keys);
        let enrolled = self.decide(now_ms, move |desk| admin::enrol::enrol(desk, &hash, &keys))??;
        let certificate = Certificate::issue(
            &self.secret,
            enrolled.device,
            enrolled.owner,
            enrolled.actors,
            enrolled.keys,
        );
        Ok(EnrolReply {
            certificate,
            server: self.secret.public(),
            incarnation: enrolled.incarnation,
            owner_name: enrolled.owner_name,
            scopes: enrolled.scopes,
            packing: match self.batches {
                Some(_) => Packing::None as u8,
                None => Packing::best() as u8,
            },
            dictionary: self
                .dictionaries
                .dictionary(SHIPPED_DICTIONARY)
                .map_or(0, |dictionary| dictionary.number()),
        })
    }

    /// Random bytes of the server's own.
    pub(super) fn random_bytes(&mut self) -> [u8; 32] {
        self.rng.random()
    }
}
