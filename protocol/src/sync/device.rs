//! The phone's side of one exchange.
//!
//! Order of calls: [`DeviceExchange::begin`] writes the request; send its frames; give every byte of the reply
//! to [`DeviceExchange::handle_bytes`] as it comes; when the connection ends, however it ends, call
//! [`DeviceExchange::finish`]. Whatever was applied by then stays.

pub use super::report::ExchangeReport;
use super::request::hello;
use super::upload::{SentOps, Upload};
use crate::keys::{self, MAC_BYTES};
use crate::mutation::{self, Mutation};
use crate::renumber::AliasRun;
use crate::replica::{AckError, DeviceClock, Replica, Storage};
use crate::wire::{
    self, AsideFrame, BadFrame, ChangeFrame, DictionaryPiece, End, FrameReader, FrameType, LaneState,
    Refusal, RepairFrame, StateFrame, Unpacker, Welcome, write_frame,
};

/// How a phone wants an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeOptions {
    /// Fresh for every attempt.
    pub nonce: u32,
    /// Most bytes wanted in reply; 0 for no bound.
    pub reply_budget_bytes: u32,
    /// How long the server may hold its reply until there is something to tell, in milliseconds; 0 for not at all.
    pub wait_ms: u16,
    /// Most bytes to send; 0 for no bound but the one that the link's pace gives.
    pub request_budget_bytes: u32,
    /// Only ask, send no ops: after a cut with much in flight, so that nothing is sent twice.
    pub bare: bool,
    /// The link is good, and bytes on it are cheap: a learned dictionary may be fetched over it.
    pub fetch_dictionary: bool,
}

impl ExchangeOptions {
    /// The usual options.
    pub fn new(nonce: u32) -> Self {
        ExchangeOptions {
            nonce,
            reply_budget_bytes: 0,
            wait_ms: 0,
            request_budget_bytes: 0,
            bare: false,
            fetch_dictionary: false,
        }
    }
}

/// Why a reply cannot be used further.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError<E> {
    /// The bytes are no frames.
    #[error(transparent)]
    Frame(#[from] BadFrame),
    /// A message that does not decode or comes out of order.
    #[error("the reply is not understood")]
    Malformed,
    /// The welcome is not authenticated by the server the phone was enrolled with.
    #[error("the reply does not come from the server this phone was enrolled with")]
    NotOurServer,
    /// The reply is to another request.
    #[error("the reply is to another request")]
    Stale,
    /// The server declined.
    #[error("the server declined: {0:?}")]
    Refused(Refusal),
    /// The welcome was not taken.
    #[error(transparent)]
    Ack(AckError<E>),
    /// The storage failed.
    #[error("the phone's storage failed: {0}")]
    Storage(E),
}

impl<E> ExchangeError<E> {
    /// Whether it looks like this when the two sides pack differently.
    fn may_be_packing(&self) -> bool {
        matches!(self, Self::Frame(_) | Self::Malformed | Self::NotOurServer)
    }
}

/// One exchange of a phone.
pub struct DeviceExchange {
    nonce: u32,
    /// Old numbers that the hello tells.
    aliases: Vec<AliasRun>,
    /// All that there was to send goes with it.
    sent_all: bool,
    hello_mac: [u8; MAC_BYTES],
    frames: Vec<Vec<u8>>,
    sent_ops: Vec<Option<SentOps>>,
    reader: FrameReader,
    unpacker: Option<Box<dyn Unpacker>>,
    report: ExchangeReport,
    /// The commit that the reply reaches; none if a frame of it was passed over.
    point: Option<u64>,
    /// What the hello told of each lane.
    told: [LaneState; 3],
    /// Changes that wait for what the inbox tells in this reply. They come again if it is cut.
    waiting: Vec<ChangeFrame>,
}

impl DeviceExchange {
    /// Writes the request from what the replica holds now. What is written later rides the next exchange.
    ///
    /// # Errors
    /// If the storage cannot make the outbox durable: what is not durable must not be sent.
    pub fn begin<S: Storage>(
        replica: &mut Replica<S>,
        clock: DeviceClock,
        options: ExchangeOptions,
    ) -> Result<Self, S::Error> {
        let bare = options.bare || replica.asks_first();
        let options = ExchangeOptions { bare, ..options };
        let nonce = replica.nonce_of_attempt(options.nonce);
        replica.begin_to_ask_for_aside();
        let mut hello = hello(replica, clock, ExchangeOptions { nonce, ..options });
        hello.requests.extend(replica.check_requests());
        if options.fetch_dictionary {
            hello.requests.push(replica.dictionary_request());
        }
        let told = hello.lanes;
        let bytes = wire::encode(&hello);
        let hello_mac = replica.device_key().hello_mac(&bytes);
        let mut payload = bytes;
        payload.extend_from_slice(&hello_mac);
        let upload = if options.bare {
            Upload::of_nothing(replica)
        } else {
            Upload::write(
                replica,
                &hello,
                (&hello_mac, payload.len()),
                options.request_budget_bytes,
            )
        };
        if upload.spoilt && !replica.speaks_plainly() {
            replica.speak_plainly(true);
            return DeviceExchange::begin(replica, clock, options);
        }
        replica.begin_attempt(nonce)?;
        let (mut frames, mut sent_ops) = (Vec::new(), vec![None]);
        let sent_all = !options.bare && !upload.more;
        if upload.frames.is_empty() {
            frames.push(frame(FrameType::HelloAlone, &payload));
        } else {
            frames.push(frame(FrameType::Hello, &payload));
            // Bounded by REQUEST_FRAMES_MAX.
            let end = End {
                frames: upload.frames.len() as u32,
                more: upload.more,
            };
            for (bytes, sent) in upload.frames {
                frames.push(bytes);
                sent_ops.push(Some(sent));
            }
            frames.push(frame(FrameType::End, &wire::encode(&end)));
            sent_ops.push(None);
        }
        Ok(DeviceExchange {
            nonce,
            aliases: replica.untold_aliases(),
            sent_all,
            hello_mac,
            frames,
            sent_ops,
            reader: FrameReader::default(),
            unpacker: upload.reader,
            report: ExchangeReport::default(),
            point: None,
            told,
            waiting: Vec::new(),
        })
    }

    /// The request's frames, in order.
    pub fn frames(&self) -> &[Vec<u8>] {
        &self.frames
    }

    /// What each frame carries, in the same order; none for frames without ops.
    pub fn sent_ops(&self) -> &[Option<SentOps>] {
        &self.sent_ops
    }

    /// The whole request.
    pub fn request(&self) -> Vec<u8> {
        self.frames.concat()
    }

    /// Takes bytes of the reply and applies what is complete.
    ///
    /// # Errors
    /// [`ExchangeError`]: the rest of the reply is of no use; what was applied stays.
    pub fn handle_bytes<S: Storage>(
        &mut self,
        replica: &mut Replica<S>,
        bytes: &[u8],
    ) -> Result<(), ExchangeError<S::Error>> {
        let taken = self.take_frames(replica, bytes);
        if self.unpacker.is_some() && taken.as_ref().is_err_and(ExchangeError::may_be_packing) {
            replica.speak_plainly(true);
        }
        taken
    }

    fn take_frames<S: Storage>(
        &mut self,
        replica: &mut Replica<S>,
        bytes: &[u8],
    ) -> Result<(), ExchangeError<S::Error>> {
        self.reader.push(bytes);
        while let Some(frame) = self.reader.next_frame()? {
            let frame_type = frame.frame_type;
            let payload = frame.unpacked(self.unpacker.as_mut())?;
            self.handle_frame(replica, frame_type, &payload)?;
        }
        Ok(())
    }

    fn handle_frame<S: Storage>(
        &mut self,
        replica: &mut Replica<S>,
        frame_type: FrameType,
        payload: &[u8],
    ) -> Result<(), ExchangeError<S::Error>> {
        let late = replica.latest_nonce != Some(self.nonce);
        let taken = mutation::active(Mutation::LateReplyApplied)
            || mutation::active(Mutation::AnyPositionTaken)
            || mutation::active(Mutation::StatePutInPlace);
        if late && !taken {
            return Err(ExchangeError::Stale);
        }
        let welcomed = self.report.welcome.is_some();
        match frame_type {
            FrameType::Refusal if !welcomed => self.handle_refusal(replica, payload),
            FrameType::Welcome if !welcomed => self.handle_welcome(replica, payload),
            FrameType::WelcomeAlone if !welcomed => {
                self.handle_welcome(replica, payload)?;
                self.complete(replica, false)
            }
            FrameType::Changes if welcomed => {
                let changes = ChangeFrame::decode(payload).map_err(|_| ExchangeError::Malformed)?;
                let place = (changes.scope, changes.lane);
                let mut waiting = self.waiting.iter();
                let goes_behind = waiting.any(|frame| (frame.scope, frame.lane) == place);
                if goes_behind || replica.waits_for_inbox(&changes) {
                    self.waiting.push(changes);
                    return Ok(());
                }
                self.take_changes(replica, &changes)
            }
            FrameType::States if welcomed => {
                let states = StateFrame::decode(payload).map_err(|_| ExchangeError::Malformed)?;
                let applied = replica.take_states(&states).map_err(ExchangeError::Storage)?;
                self.count(applied, states.states.len());
                Ok(())
            }
            FrameType::Repair if welcomed => {
                let repair: RepairFrame = decode(payload)?;
                let applied = replica.take_repair(&repair).map_err(ExchangeError::Storage)?;
                self.report.repairs += u32::from(applied);
                Ok(())
            }
            FrameType::Aside if welcomed => {
                let aside: AsideFrame = decode(payload)?;
                replica.take_aside(&aside).map_err(ExchangeError::Storage)?;
                self.report.frames += 1;
                Ok(())
            }
            FrameType::Dictionary if welcomed => {
                let piece: DictionaryPiece = decode(payload)?;
                let taken = replica.take_piece(&piece).map_err(ExchangeError::Storage)?;
                self.report.dictionary_bytes += if taken { piece.bytes.len() as u32 } else { 0 };
                Ok(())
            }
            FrameType::End if welcomed => {
                let end: End = decode(payload)?;
                self.complete(replica, end.more)
            }
            _ => Err(ExchangeError::Malformed),
        }
    }

    fn take_changes<S: Storage>(
        &mut self,
        replica: &mut Replica<S>,
        changes: &ChangeFrame,
    ) -> Result<(), ExchangeError<S::Error>> {
        let applied = replica.take_changes(changes).map_err(ExchangeError::Storage)?;
        self.count(applied, changes.items.len());
        Ok(())
    }

    fn count(&mut self, applied: bool, items: usize) {
        if applied {
            self.report.frames += 1;
            self.report.items += items as u32;
        } else {
            self.point = None;
        }
    }

    fn complete<S: Storage>(
        &mut self,
        replica: &mut Replica<S>,
        more: bool,
    ) -> Result<(), ExchangeError<S::Error>> {
        // The inbox has told all that it has to.
        for changes in std::mem::take(&mut self.waiting) {
            self.take_changes(replica, &changes)?;
        }
        self.report.complete = true;
        self.report.more = more;
        replica.speak_plainly(!replica.all_heard(self.sent_ops.iter().flatten()));
        let reached = self.point.filter(|_| !more);
        replica
            .confirm(self.nonce, reached)
            .map_err(ExchangeError::Storage)?;
        if let Some(point) = reached {
            self.report.more = replica.compare(point, self.told.map(|lane| lane.last()));
        }
        Ok(())
    }

    fn handle_refusal<S: Storage>(
        &mut self,
        replica: &mut Replica<S>,
        payload: &[u8],
    ) -> Result<(), ExchangeError<S::Error>> {
        let (bytes, mac) = sealed(payload)?;
        if !keys::codes_equal(mac, &replica.device_key().refusal_mac(&self.hello_mac, bytes)) {
            return Err(ExchangeError::NotOurServer);
        }
        let refusal: Refusal = decode(bytes)?;
        self.report.recovered = replica.recover(&refusal).map_err(ExchangeError::Ack)?;
        match self.report.recovered {
            true => Ok(()),
            false => Err(ExchangeError::Refused(refusal)),
        }
    }

    fn handle_welcome<S: Storage>(
        &mut self,
        replica: &mut Replica<S>,
        payload: &[u8],
    ) -> Result<(), ExchangeError<S::Error>> {
        let (bytes, mac) = sealed(payload)?;
        if !keys::codes_equal(mac, &replica.device_key().welcome_mac(&self.hello_mac, bytes)) {
            return Err(ExchangeError::NotOurServer);
        }
        let mut welcome: Welcome = decode(bytes)?;
        for ack in &mut welcome.acks {
            let told = self.told[ack.lane.index()];
            ack.whole(told).map_err(|_| ExchangeError::Malformed)?;
        }
        self.point = Some(welcome.point);
        let report = replica.take_welcome_telling(&welcome, &self.aliases, self.sent_all);
        self.report.welcome = Some(report.map_err(ExchangeError::Ack)?);
        replica
            .take_notices(&welcome.notices)
            .map_err(ExchangeError::Storage)?;
        Ok(())
    }

    /// What has been brought so far.
    pub fn report(&self) -> &ExchangeReport {
        &self.report
    }

    /// Ends the exchange and makes durable what it brought.
    ///
    /// # Errors
    /// If the storage fails; the next exchange brings again what it lost.
    pub fn finish<S: Storage>(self, replica: &mut Replica<S>) -> Result<ExchangeReport, S::Error> {
        replica.sync_storage()?;
        Ok(self.report)
    }
}

fn decode<T: serde::de::DeserializeOwned, E>(bytes: &[u8]) -> Result<T, ExchangeError<E>> {
    wire::decode(bytes).map_err(|_| ExchangeError::Malformed)
}

/// A message and its code.
fn sealed<E>(payload: &[u8]) -> Result<(&[u8], &[u8]), ExchangeError<E>> {
    let split = payload
        .len()
        .checked_sub(MAC_BYTES)
        .ok_or(ExchangeError::Malformed)?;
    Ok(payload.split_at(split))
}

fn frame(frame_type: FrameType, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_frame(&mut bytes, frame_type, payload);
    bytes
}
