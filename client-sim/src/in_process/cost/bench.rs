//! A server's parts on a real folder, without HTTP and without threads of its own: everything it does for an exchange,
//! each stage's processor time apart.

use super::stages::{Stage, Stages};
use anyhow::{Context, anyhow, bail};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::keys::{Certificate, Secret};
use otor_protocol::sync::server::{Arrival, ServerSession};
use otor_protocol::wire::{
    Content, EnrolReply, EnrolRequest, FrameReader, FrameWriter, Hello, Packing, SHIPPED_DICTIONARY,
    ShippedDictionaries,
};
use otor_server::decide::admin::start::FIRST_ACCOUNT;
use otor_server::decide::admin::{self, Imported, area::AreaRow, worker::WorkerRow};
use otor_server::decide::{Decided, Desk};
use otor_server::run::StoreFolder;
use otor_server::service::attempts::Attempts;
use otor_server::service::keyring::Keyring;
use otor_server::service::shelf::Shelf;
use otor_server::service::sync::{self, Known, Reply, Upload};
use otor_server::settings::{ServeFlags, Settings};
use otor_server::state::entry::Entry;
use otor_server::state::{StateError, read};
use otor_server::store::engine::{Engine, Reader};
use std::path::Path;
use std::sync::Arc;

/// The server's parts.
pub(super) struct Bench {
    pub engine: Engine,
    pub reader: Reader,
    catalogue: Catalogue,
    secret: Secret,
    keyring: Keyring,
    attempts: Attempts,
    pub stages: Stages,
}

/// A request that was taken, before its reply.
pub(super) struct Taken {
    hello: Hello,
    known: Known,
    mac: [u8; otor_protocol::keys::MAC_BYTES],
    session: ServerSession,
}

impl Bench {
    /// On a folder in which nothing is yet.
    pub fn new(data: &Path, now_ms: i64) -> anyhow::Result<Self> {
        Self::founded(data, [7; 32], [7; 32], now_ms)
    }

    /// The same, with what its secret is made of and the hash of its first account's token.
    pub fn founded(data: &Path, seed: [u8; 32], token: [u8; 32], now_ms: i64) -> anyhow::Result<Self> {
        let flags = ServeFlags {
            data: Some(data.to_owned()),
            ..ServeFlags::default()
        };
        let settings = Settings::load(&flags, [])?;
        let folder = StoreFolder::take(&settings)?;
        let secret = folder.identity(seed)?;
        let (engine, _) = folder.open(&mut |_| {})?;
        let mut bench = Bench {
            reader: engine.reader(),
            engine,
            catalogue: Catalogue::built_in(),
            secret,
            keyring: Keyring::default(),
            attempts: Attempts::default(),
            stages: Stages::default(),
        };
        bench.act(now_ms, |desk| {
            Ok((admin::start::begin(desk, rand::random())?, ()))
        })?;
        bench
            .act(now_ms, |desk| admin::start::found(desk, token))?
            .map_err(|refusal| anyhow!("{refusal}"))?;
        Ok(bench)
    }

    /// Has something decided, staged and made durable.
    fn act<T>(
        &mut self,
        now_ms: i64,
        decide: impl FnOnce(&Desk) -> Result<(Option<Decided>, T), StateError>,
    ) -> anyhow::Result<T> {
        let value = self.stage(now_ms, decide)?;
        self.engine.persist()?;
        Ok(value)
    }

    /// Has something decided and staged, as the commit path does.
    fn stage<T>(
        &mut self,
        now_ms: i64,
        decide: impl FnOnce(&Desk) -> Result<(Option<Decided>, T), StateError>,
    ) -> anyhow::Result<T> {
        let commit = self.engine.next_commit();
        let view = self.engine.pending_view();
        let desk = Desk {
            view,
            commit,
            now_ms,
            catalogue: &self.catalogue,
        };
        let (decided, value) = self.stages.timed(Stage::Decide, || {
            let (decided, value) = decide(&desk)?;
            let Some(mut decided) = decided else {
                return Ok((None, value));
            };
            let (derived, folded) = decided.derive(&desk)?;
            Ok::<_, StateError>((Some((decided, folded, derived)), value))
        })?;
        let Some((decided, folded, derived)) = decided else {
            return Ok(value);
        };
        let engine = &mut self.engine;
        self.stages.timed(Stage::Fold, || {
            let folded = folded.filter(|_| derived.is_empty());
            let entry = Entry {
                at_ms: now_ms,
                act: decided.act,
                answer: decided.answer,
                derived,
                by: None,
            };
            match folded {
                Some(folded) => engine.stage_folded(entry.encode(), folded)?,
                None => engine.stage(entry.encode())?,
            };
            anyhow::Ok(())
        })?;
        Ok(value)
    }

    /// Imports rows of areas, then of workers, as an administrator does.
    pub fn import(&mut self, now_ms: i64, areas: &[AreaRow], workers: &[WorkerRow]) -> anyhow::Result<()> {
        self.import_rows(now_ms, areas, admin::area::import)?;
        self.import_rows(now_ms, workers, admin::worker::import)
    }

    fn import_rows<T>(
        &mut self,
        now_ms: i64,
        mut rows: &[T],
        import: fn(&Desk, &otor_server::state::cell::PersonCell, &[T]) -> admin::Decides<Imported>,
    ) -> anyhow::Result<()> {
        while !rows.is_empty() {
            let part = &rows[..rows.len().min(admin::IMPORT_ROWS_MAX)];
            let imported = self.act(now_ms, |desk| {
                let account = read::person_by_code(desk.view, FIRST_ACCOUNT)?;
                match account {
                    Some(account) => import(desk, &account, part),
                    None => Ok((
                        None,
                        Err(admin::AdminRefusal::NotFound("no first account".into())),
                    )),
                }
            })?;
            let imported = imported.map_err(|refusal| anyhow!("{refusal}"))?;
            if let Some(error) = imported.errors.first() {
                bail!("row {}: {}", error.row, error.message);
            }
            rows = &rows[imported.taken..];
        }
        Ok(())
    }

    /// Has a worker's phone invited; staged.
    pub fn invite(&mut self, now_ms: i64, worker: &str, code: &str) -> anyhow::Result<()> {
        let hash = admin::invitation_hash(code);
        let invitation = admin::device::NewInvitation {
            worker: worker.into(),
            hours: 24,
        };
        let invited = self.stage(now_ms, |desk| {
            match read::person_by_code(desk.view, FIRST_ACCOUNT)? {
                Some(account) => admin::device::invite(desk, &account, &invitation, hash),
                None => Ok((
                    None,
                    Err(admin::AdminRefusal::NotFound("no first account".into())),
                )),
            }
        })?;
        invited.map_err(|refusal| anyhow!("{refusal}"))?;
        Ok(())
    }

    /// Has a phone enrolled, staged: its request's frame in, the reply's frame out.
    pub fn enrol(&mut self, now_ms: i64, frame: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut reader = FrameReader::default();
        reader.push(frame);
        let frame = reader.next_frame()?.context("no request")?;
        let request: EnrolRequest = otor_protocol::wire::decode(&frame.payload)?;
        let hash = admin::invitation_hash(&request.code);
        let enrolled = self.stage(now_ms, |desk| admin::enrol::enrol(desk, &hash, &request.keys))??;
        let (device, owner, actors) = (enrolled.device, enrolled.owner, enrolled.actors);
        let reply = EnrolReply {
            certificate: Certificate::issue(&self.secret, device, owner, actors, enrolled.keys),
            server: self.secret.public(),
            incarnation: enrolled.incarnation,
            owner_name: enrolled.owner_name,
            scopes: enrolled.scopes,
            packing: Packing::best() as u8,
            dictionary: SHIPPED_DICTIONARY,
        };
        let mut bytes = Vec::new();
        let payload = otor_protocol::wire::encode(&reply);
        otor_protocol::wire::write_frame(&mut bytes, otor_protocol::wire::FrameType::EnrolReply, &payload);
        Ok(bytes)
    }

    /// Has a phone's frame decided and staged, without a request around it.
    pub fn frame(&mut self, now_ms: i64, hello: &Hello, content: Content) -> anyhow::Result<()> {
        let bytes = content.encode();
        let (writer, upload) = (sync::writer(hello, now_ms), Upload::Ops(content, bytes));
        let device = hello.device;
        let outcome = self.stage(now_ms, |desk| {
            sync::propose_upload(desk, &writer, device, &upload)
        })?;
        match outcome {
            sync::FrameOutcome::Held => Ok(()),
            other => bail!("a frame that was not taken: {other:?}"),
        }
    }

    /// Takes a whole request: every frame is decided and staged, and not yet durable.
    pub fn take(&mut self, now_ms: i64, request: &[u8]) -> anyhow::Result<Taken> {
        let shelf = Shelf::new(self.reader.clone(), Arc::new(ShippedDictionaries));
        let mut session = ServerSession::new(Arc::new(shelf));
        session.push(request);
        let hello = match self.stages.timed(Stage::Decode, || session.poll())? {
            Some(Arrival::Hello(hello)) => *hello,
            _ => bail!("a request begins with a hello"),
        };
        let known = self.meet(&mut session, &hello)?;
        if sync::asks_clock(&hello) {
            self.stage(now_ms, |desk| sync::propose_clocks(desk, &hello, now_ms))?;
        }
        let writer = sync::writer(&hello, now_ms);
        loop {
            let arrival = self.stages.timed(Stage::Decode, || session.poll())?;
            let upload = match arrival.context("the request breaks off")? {
                Arrival::Ops(content, bytes) => Upload::Ops(content, bytes),
                Arrival::End => break,
                _ => bail!("no usual request"),
            };
            let device = hello.device;
            self.stage(now_ms, |desk| {
                sync::propose_upload(desk, &writer, device, &upload)
            })?;
        }
        let mac = *session.hello_mac().context("a hello has its code")?;
        Ok(Taken {
            hello,
            known,
            mac,
            session,
        })
    }

    fn meet(&mut self, session: &mut ServerSession, hello: &Hello) -> anyhow::Result<Known> {
        let view = self.reader.snapshot();
        let (secret, keyring, attempts) = (&self.secret, &self.keyring, &self.attempts);
        self.stages.timed(Stage::Verify, || {
            let known = sync::identify(&view, (secret, keyring), hello)?.context("an unknown phone")?;
            session.trust(known.key.clone())?;
            if !sync::signature_holds(&known, hello) {
                bail!("a signature that does not hold");
            }
            let greeted = sync::greet((&view, view.published()), &known, hello, attempts)?;
            greeted.map_err(|declined| anyhow!("declined: {declined:?}"))?;
            Ok(known)
        })
    }

    /// Makes everything staged durable.
    pub fn persist(&mut self) -> anyhow::Result<()> {
        let engine = &mut self.engine;
        self.stages.timed(Stage::Journal, || engine.persist())?;
        Ok(())
    }

    /// The whole reply. With `packs` as the phone asked, else with nothing packed.
    pub fn reply(&mut self, now_ms: i64, taken: &mut Taken, stage: Stage) -> anyhow::Result<Vec<u8>> {
        let view = self.reader.snapshot();
        let writer = match stage {
            Stage::Feed => FrameWriter::new(Packing::None, None),
            _ => taken.session.reply(),
        };
        self.stages.timed(stage, || {
            let asked = (&taken.hello, &taken.mac, false);
            let published = view.published();
            let begun = Reply::begin(&view, published, now_ms, &taken.known, asked, writer);
            let mut reply = begun?;
            let mut bytes = reply.pack();
            while reply.read(&view, published)? {
                bytes.extend(reply.pack());
            }
            Ok(bytes)
        })
    }

    /// Brings the table up to date.
    pub fn checkpoint(&mut self) -> anyhow::Result<()> {
        let engine = &self.engine;
        self.stages
            .timed_in_process(Stage::Checkpoint, || engine.checkpoint())?;
        Ok(())
    }
}
