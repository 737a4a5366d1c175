//! A request as it arrives: its frames are committed meanwhile, those that arrive together in one go.

use super::app::App;
use super::exchanges::Pieces;
use super::problem::{Problem, ProblemKind};
use super::recovery;
use crate::commit::thread::CommitError;
use crate::decide::{Desk, Writer, schedule};
use crate::service::attempts::Attempts;
use crate::service::sync::{self, Declined, Delivered, FrameOutcome, Known, Upload, Uploads};
use crate::state::{StateError, Topic};
use crate::store::engine::{Snapshot, View};
use otor_protocol::ids::PersonId;
use otor_protocol::keys::MAC_BYTES;
use otor_protocol::sync::server::{Arrival, ServerSession, SessionError};
use otor_protocol::wire::{FrameWriter, Hello};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

/// Frames of one request that may wait for the disk at once: what others bring meanwhile waits behind no more.
const FRAMES_IN_FLIGHT: usize = 8;
/// Frames that have arrived together are committed together, so many at most: they share an fdatasync.
const FRAMES_TOGETHER: usize = 4;

type Committing = Pin<Box<dyn Future<Output = Result<(u64, FrameOutcome), CommitError>> + Send>>;

/// An authenticated hello.
pub(super) struct Met {
    pub hello: Hello,
    pub known: Known,
    writer: Writer,
    /// Which of its phone's requests it is.
    pub number: u64,
    declined: Option<Declined>,
    uploads: Uploads,
}

/// One request under way.
struct Exchange {
    app: App,
    session: ServerSession,
    met: Option<Met>,
    shown: Option<Shown>,
    /// When the hello came whose notes are still to be committed.
    unnoted_ms: Option<i64>,
    /// Frames that were read and are still to be committed.
    arrived: Vec<Upload>,
    committing: VecDeque<Committing>,
    ended: bool,
}

/// What came of a request.
pub(super) enum Taken {
    /// A reply is to be composed.
    Met(Box<Met>, [u8; MAC_BYTES], FrameWriter),
    /// This frame declines it.
    Refused(Vec<u8>),
}

/// Takes a request to its end, and waits until everything taken is durable.
pub(super) async fn receive(app: App, mut pieces: Pieces) -> Result<Taken, Problem> {
    let dictionaries = Arc::clone(&app.dictionaries);
    let working = Arc::clone(&app.admission);
    let mut exchange = Exchange {
        app,
        session: ServerSession::new(dictionaries),
        met: None,
        shown: None,
        unnoted_ms: None,
        arrived: Vec::new(),
        committing: VecDeque::new(),
        ended: false,
    };
    while !exchange.ended {
        let Some(piece) = pieces.recv().await else { break };
        let piece = piece.map_err(|error| Problem::invalid(error.to_string()))?;
        exchange.take(&piece.bytes).await?;
    }
    let _working = working.work();
    exchange.end().await
}

impl Exchange {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.session.push(bytes);
        let all_read = self.read_all().await;
        // What was read before something that is no frame counts.
        self.commit().await?;
        all_read
    }

    async fn read_all(&mut self) -> Result<(), Problem> {
        while let Some(arrival) = self.session.poll().map_err(unusable)? {
            match arrival {
                Arrival::Hello(hello) => self.meet(*hello).await?,
                Arrival::Ops(content, bytes) => self.read(Upload::Ops(content, bytes)).await?,
                Arrival::Refill(content, refill) => self.read(Upload::Refill(content, refill)).await?,
                Arrival::Unreadable(bytes) => self.read(Upload::Unreadable(bytes)).await?,
                Arrival::End => self.ended = true,
            }
        }
        Ok(())
    }

    async fn read(&mut self, upload: Upload) -> Result<(), Problem> {
        self.arrived.push(upload);
        if self.arrived.len() >= FRAMES_TOGETHER {
            self.commit().await?;
        }
        // Reading a frame takes its time: others have their turn before the next.
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn meet(&mut self, hello: Hello) -> Result<(), Problem> {
        self.app.expect_right_clock()?;
        let met_ms = (self.app.now_ms)();
        let (known, greeting) = self.look_up(&hello, met_ms)?.ok_or_else(not_authentic)?;
        self.session.trust(known.key.clone()).map_err(unusable)?;
        let (known, (greeted, shown)) = match greeting {
            Some(greeting) => (known, greeting),
            None => admit(&self.app, &known, (&hello, met_ms)).await?,
        };
        let presence = &self.app.presence;
        presence.note(hello.device, sync::sighting(&hello, met_ms));
        presence.note_differences(hello.device, hello.differences());
        self.shown = Some(shown);
        let (number, declined) = match greeted {
            Ok(number) => (number, None),
            Err(declined) => (0, Some(declined)),
        };
        // An older request of this phone that waits has nobody to tell any more.
        self.app.waiters.wake(&[Topic::Device(hello.device)].into());
        let writer = sync::writer(&hello, met_ms);
        self.unnoted_ms = declined.is_none().then_some(met_ms);
        self.met = Some(Met {
            hello,
            known,
            writer,
            number,
            uploads: Uploads::default(),
            declined: declined.or(self
                .session
                .lacks_dictionary()
                .then_some(Declined::UnknownDictionary)),
        });
        Ok(())
    }

    /// The phone that a hello names, if it is really its, and how that is taken, all in one look. One that shows what a
    /// former history acknowledged is to be admitted before it is greeted.
    fn look_up(&self, hello: &Hello, met_ms: i64) -> Result<Option<(Known, Option<Greeting>)>, Problem> {
        let Some(code) = self.session.hello_code() else {
            return Ok(None);
        };
        let app = &self.app;
        app.read_here(|view| {
            let known = sync::identify(view, (&app.identity, &app.keyring), hello)?;
            let is_its = |known: &Known| code.is_of(&known.key) && sync::signature_holds(known, hello);
            let Some(known) = known.filter(is_its) else {
                return Ok(None);
            };
            let greeting = match sync::shown(hello).is_empty() {
                true => Some(greet(view, &known, (hello, met_ms), &app.attempts)?),
                false => None,
            };
            Ok(Some((known, greeting)))
        })
    }

    /// Has committed what was read, and before it what the hello says beside its ops.
    async fn commit(&mut self) -> Result<(), Problem> {
        let arrived = std::mem::take(&mut self.arrived);
        while !self.committing.is_empty() && self.committing.len() + arrived.len() > FRAMES_IN_FLIGHT {
            self.await_one().await?;
        }
        if let Some(met_ms) = self.unnoted_ms.take() {
            self.note(met_ms);
        }
        arrived.into_iter().try_for_each(|upload| self.submit(upload))
    }

    fn note(&mut self, met_ms: i64) {
        let Some(Met { hello, known, .. }) = &self.met else {
            return;
        };
        if sync::asks_clock(hello) {
            let asked = hello.clone();
            let noting = move |desk: &Desk| sync::propose_clocks(desk, &asked, met_ms);
            let noted = self.app.committer.submit(noting);
            self.committing.push_back(Box::pin(noted));
        }
        if sync::declares_any_lost(hello) {
            let (device, declared) = (known.device.clone(), hello.clone());
            tracing::warn!(device = device.id.0, "a phone has lost ops before they were sent");
            let noting = move |desk: &Desk| sync::propose_lost(desk, &device, &declared);
            self.committing
                .push_back(Box::pin(self.app.committer.submit(noting)));
        }
    }

    fn submit(&mut self, upload: Upload) -> Result<(), Problem> {
        let Some(met) = &mut self.met else {
            return Err(unusable(SessionError::Malformed));
        };
        if met.declined.is_some() {
            return Ok(());
        }
        if !self.app.attempts.is_newest(met.hello.first_actor, met.number) {
            met.declined = Some(Declined::Superseded);
            return Ok(());
        }
        if met.hello.signature.is_none() {
            return Err(not_authentic());
        }
        self.app.expect_right_clock()?;
        if matches!(upload, Upload::Unreadable(_)) {
            tracing::warn!(
                device = met.hello.device.0,
                "a frame does not decode and is kept as bytes"
            );
        }
        let (writer, device) = (met.writer.clone(), met.hello.device);
        let uploads = met.uploads.clone();
        let committing = self
            .app
            .committer
            .submit(move |desk| uploads.propose(desk, &writer, device, &upload));
        self.committing.push_back(Box::pin(committing));
        Ok(())
    }

    async fn await_one(&mut self) -> Result<(), Problem> {
        let Some(committing) = self.committing.pop_front() else {
            return Ok(());
        };
        let (_, outcome) = committing.await?;
        if let (FrameOutcome::Copy, Some(met)) = (outcome, &mut self.met) {
            met.declined = Some(Declined::Copy);
        }
        Ok(())
    }

    /// Waits until everything taken is durable.
    async fn end(mut self) -> Result<Taken, Problem> {
        while !self.committing.is_empty() {
            self.await_one().await?;
        }
        let Some(met) = self.met.take().filter(|_| self.ended) else {
            return Err(unusable(SessionError::Malformed));
        };
        let mac = *self.session.hello_mac().ok_or_else(not_authentic)?;
        if let Some(declined) = met.declined {
            let refusal = recovery::refusal(&self.app, &met.known, &met.hello, declined).await?;
            return Ok(Taken::Refused(sync::refusal_frame(&met.known, &mac, &refusal)));
        }
        recovery::note_aliases(&self.app, &met.hello).await?;
        if let Some(shown) = self.shown.take() {
            shown.tick_off(&self.app, met.known.device.owner).await?;
        }
        Ok(Taken::Met(Box::new(met), mac, self.session.reply()))
    }
}

/// How a hello is taken, and what it shows.
type Greeting = (Result<u64, Declined>, Shown);

/// Admits a phone that shows what a former history acknowledged, and greets it.
async fn admit(
    app: &App,
    known: &Known,
    (hello, met_ms): (&Hello, i64),
) -> Result<(Known, Greeting), Problem> {
    recovery::admit(app, hello).await?;
    app.read_here(|view| {
        let known = sync::renewed(view, known, hello)?;
        let greeting = greet(view, &known, (hello, met_ms), &app.attempts)?;
        Ok((known, greeting))
    })
}

fn greet(
    view: &Snapshot,
    known: &Known,
    (hello, met_ms): (&Hello, i64),
    attempts: &Attempts,
) -> Result<Greeting, StateError> {
    let greeted = sync::greet((view, view.published()), known, hello, attempts)?;
    Ok((greeted, Shown::by(view, known, hello, met_ms)?))
}

/// What a hello shows beside its ops: the tasks that have reached the phone, and whether it is worth a note that it was
/// heard of.
struct Shown {
    tasks: Vec<Delivered>,
    is_to_be_noted: bool,
}

impl Shown {
    fn by(view: &dyn View, known: &Known, hello: &Hello, now_ms: i64) -> Result<Shown, StateError> {
        let owner = known.device.owner;
        Ok(Shown {
            tasks: sync::delivered(view, owner, hello)?,
            is_to_be_noted: schedule::is_to_be_noted(view, owner, now_ms)?,
        })
    }

    /// Notes it. Each is decided by what holds by then.
    async fn tick_off(self, app: &App, owner: PersonId) -> Result<(), Problem> {
        let Shown {
            tasks,
            is_to_be_noted,
        } = self;
        let is_to_be_noted = is_to_be_noted || !tasks.is_empty();
        if !tasks.is_empty() {
            app.committer
                .submit(move |desk| sync::propose_delivered(desk, &tasks))
                .await?;
        }
        if is_to_be_noted {
            app.committer
                .submit(move |desk| schedule::note_heard(desk, owner))
                .await?;
        }
        Ok(())
    }
}

fn unusable(error: SessionError) -> Problem {
    match error {
        SessionError::NotAuthentic => not_authentic(),
        other => Problem::invalid(other.to_string()),
    }
}

pub(super) fn not_authentic() -> Problem {
    Problem::new(
        ProblemKind::NotAuthenticated,
        "the request is not one of a phone enrolled here",
    )
}
