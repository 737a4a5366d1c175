//! The replica: what a phone holds. Its own ops (outbox, and those acknowledged), the mirror of confirmed
//! records, the tray of its own ops that were kept aside; together they give the view.
//!
//! It is written against [`Storage`], so that it can live on any device and crash at any point: every change
//! is one atomic batch, applied before it shows, and what the outside is told of is synced first.

mod aside;
mod attempts;
mod boots;
mod check;
mod contacts;
mod copies;
mod dictionary;
mod draft_op;
mod endings;
mod history;
mod in_turn;
mod kept;
mod losses;
mod mirror;
mod moved;
mod news;
mod outbox;
mod packed;
mod query;
mod storage;
mod tally;
mod tray;
mod unproven;
mod view;
mod welcome;

pub use copies::FormerBranch;
pub use draft_op::{DeviceClock, WriteError};
pub use losses::LostOps;
pub use mirror::{Held, ScopeState};
pub use news::Incident;
pub use outbox::{LaneLog, OwnOp, Told};
pub use query::{
    Alike, CareDue, HouseholdDraft, LikeHousehold, LikeReport, MyTask, OpenCase, RecordState, ReportDraft,
    ToLookAt,
};
pub use storage::{Batch, Row, Storage};
pub use tray::{OpState, TrayEntry};
pub use view::RecordStage;
pub use welcome::{AckError, WelcomeReport};

use crate::catalogue::Catalogue;
use crate::digest::record_hash;
use crate::ids::{ActorId, Dot, Lane, Position, RecordId, ScopeId};
use crate::keys::{Certificate, Chain, DeviceKey, PublicKeys, Secret};
use crate::stamp::Stamp;
use crate::sync::pace::Pace;
use crate::wire::{
    BootClock, Cursor, Dictionaries, EndedArea, EnrolReply, FeedState, LaneState, ShippedDictionaries,
};
use aside::AsideAsked;
use check::Doubt;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tally::Tally;

/// What a phone is, from its enrolment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The phone's secret.
    #[serde(with = "serde_bytes")]
    pub secret: [u8; 32],
    /// Its number, owner, actors and keys, signed by the server.
    pub certificate: Certificate,
    /// The server's keys, pinned.
    pub server: PublicKeys,
    /// What the owner is called.
    pub owner_name: String,
}

/// Small facts that change with every exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    /// The server's history.
    pub incarnation: u64,
    /// Greatest server time a welcome told, as the floor of new ops.
    pub seen: Stamp,
    /// Nonce of the last attempt that was answered with a welcome.
    pub confirmed_nonce: u32,
    /// Low half of the nonce under which the server last journaled something of this phone, as it told.
    pub anchor: Option<u16>,
    /// Low halves of the nonces of the attempts since the confirmed one.
    pub recent_nonces: Vec<u16>,
    /// Clocks that the server told last, the latest first.
    pub clocks: Vec<BootClock>,
    /// How far each lane is acknowledged, and its chain there.
    pub acked: [(u64, Chain); 3],
    /// The phone is revoked.
    pub revoked: bool,
    /// The best packing of frames the server knows.
    pub packing: u8,
    /// What recent contacts carried.
    pub pace: Pace,
    /// The dictionary that the server knows; 0 for none.
    pub dictionary: u32,
    /// A welcome acknowledged other ops than the phone's.
    pub copied: bool,
    /// The next attempt only asks: the server may have what seems unsent.
    pub asks: bool,
    /// The server does not know all branches of this phone.
    pub unknown: bool,
    /// Former actors of which the server lacks ops that this phone keeps, and how far it has them.
    pub lacking: Vec<(ActorId, u64)>,
    /// What the phone had to come to terms with, oldest first.
    pub recoveries: Vec<Recovery>,
    /// Areas of its worker that have ended, in the order in which it was told.
    pub ended: Vec<EndedArea>,
    /// What is kept aside of this phone's work is asked for, from after this op on.
    pub asks_aside: Option<AsideAsked>,
    /// The next attempt begins to ask for it.
    #[serde(default)]
    pub aside_due: bool,
    /// Boots of which it had been told the clock, under other actors or in another history.
    #[serde(default)]
    pub boots_met: Vec<u64>,
    /// The numbers of its scopes are those of another history, and may mean other areas now.
    #[serde(default)]
    pub scopes_unsure: bool,
    /// Former actors of which the server may lack ops that this phone was told of, and how far it is known to have
    /// them: what is not named among what is kept aside is not merged for that.
    #[serde(default)]
    pub unsure: Vec<(ActorId, u64)>,
    /// Former actors of which nothing shows that the server has the ops that this phone keeps after a place: it is
    /// asked, and they get other numbers.
    #[serde(default)]
    pub unproven: Vec<(ActorId, u64)>,
}

/// How the phone came to terms with a server that knew something else than it did; for its user to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recovery {
    /// It was a copy: so many ops were given other numbers.
    Copy {
        /// How many.
        renumbered: u64,
    },
    /// The server was restored from a backup: so many ops that it had acknowledged go to it again.
    OtherHistory {
        /// How many.
        again: u64,
    },
}

/// What a phone holds.
pub struct Replica<S> {
    pub(crate) storage: S,
    pub(crate) catalogue: Catalogue,
    identity: Identity,
    key: DeviceKey,
    pub(crate) meta: Meta,
    pub(crate) lanes: [LaneLog; 3],
    pub(crate) scopes: BTreeMap<ScopeId, ScopeState>,
    pub(crate) mirror: BTreeMap<RecordId, Held>,
    /// Branches the phone wrote in before.
    pub(crate) former: Vec<FormerBranch>,
    /// Ops that stayed in them.
    pub(crate) former_ops: BTreeMap<Dot, (Lane, OwnOp)>,
    /// The own ops still kept, by record.
    pub(crate) own_ops: BTreeMap<RecordId, BTreeSet<Dot>>,
    pub(crate) incidents: Vec<Incident>,
    learned: dictionary::Learned,
    tally: Tally,
    index: query::Index,
    /// Scopes and lanes whose records are not the server's.
    doubts: BTreeMap<(ScopeId, Lane), Doubt>,
    agreements: u64,
    /// Rounds of questions about each since it last agreed.
    rounds_in_doubt: BTreeMap<(ScopeId, Lane), u32>,
    damaged_ops: Vec<(Lane, u64, Vec<u8>)>,
    /// Nonce of the latest request: a reply to any other is dropped whole.
    pub(crate) latest_nonce: Option<u32>,
    /// The server did not understand the last request: the next goes without columns and packing.
    plainly: bool,
    dictionaries: Arc<dyn Dictionaries>,
    /// The server turned out not to know the dictionary. Not kept: the next start tries again.
    without_dictionary: bool,
}

/// Stored content that does not decode: the phone has to be enrolled anew, its ops rescued by hand.
#[derive(Debug, thiserror::Error)]
pub enum OpenError<E> {
    /// The storage failed.
    #[error("the phone's storage failed: {0}")]
    Storage(E),
    /// The phone has not been enrolled.
    #[error("the phone is not enrolled")]
    NotEnrolled,
    /// A stored value does not decode.
    #[error("the stored value under key {0:02x?} is damaged")]
    Damaged(Vec<u8>),
}

impl<S: Storage> Replica<S> {
    /// Begins a replica for a phone that has just been enrolled.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub fn enrol(mut storage: S, secret: [u8; 32], reply: EnrolReply) -> Result<Self, S::Error> {
        let identity = Identity {
            secret,
            certificate: reply.certificate,
            server: reply.server,
            owner_name: reply.owner_name,
        };
        let mut batch = Batch::default();
        batch.put(storage::IDENTITY.to_vec(), &identity);
        let meta = Meta {
            incarnation: reply.incarnation,
            packing: reply.packing,
            dictionary: reply.dictionary,
            ..Meta::default()
        };
        batch.put(storage::META.to_vec(), &meta);
        let mut scopes = BTreeMap::new();
        for grant in reply.scopes {
            let state = ScopeState::start(grant.area);
            batch.put(storage::scope(grant.scope), &state);
            scopes.insert(grant.scope, state);
        }
        storage.apply(&batch)?;
        storage.sync()?;
        Ok(Self::assemble(
            storage,
            identity,
            meta,
            LaneLog::empty(),
            scopes,
            BTreeMap::new(),
        ))
    }

    /// Opens what is stored, and makes it durable: an earlier process may have applied an op and failed to sync it, and
    /// what is shown as saved has to survive.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(mut storage: S) -> Result<Self, OpenError<S::Error>> {
        storage.sync().map_err(OpenError::Storage)?;
        let rows = storage.load().map_err(OpenError::Storage)?;
        let stored = storage::Stored::read(rows).map_err(OpenError::Damaged)?;
        let identity = stored.identity.ok_or(OpenError::NotEnrolled)?;
        let damaged: Vec<_> = stored
            .damaged_ops
            .iter()
            .map(|(lane, seq, _)| (*lane, *seq))
            .collect();
        let lanes = LaneLog::from_stored(stored.ops, stored.meta.acked, &damaged);
        if !stored.damaged.is_empty() {
            // The server has them: the digests will differ, and they come again.
            let mut batch = Batch::default();
            stored.damaged.iter().for_each(|key| batch.delete(key.clone()));
            storage.apply(&batch).map_err(OpenError::Storage)?;
        }
        let mut replica = Self::assemble(
            storage,
            identity,
            stored.meta,
            lanes,
            stored.scopes,
            stored.mirror,
        );
        replica.learned = dictionary::Learned::from_stored(stored.dictionary, stored.fetching);
        let damaged = stored.damaged.into_iter();
        replica
            .incidents
            .extend(damaged.map(|key| Incident::DamagedRow { key }));
        replica.former = stored.former;
        replica.former_ops = stored.former_ops;
        replica.damaged_ops = stored.damaged_ops;
        replica.index_own_ops();
        replica.leave_lost().map_err(OpenError::Storage)?;
        Ok(replica)
    }

    fn assemble(
        storage: S,
        identity: Identity,
        meta: Meta,
        lanes: [LaneLog; 3],
        scopes: BTreeMap<ScopeId, ScopeState>,
        mirror: BTreeMap<RecordId, Held>,
    ) -> Self {
        let secret = Secret::new(identity.secret);
        let key = secret.device_key(&identity.server, &identity.certificate.keys);
        let mut replica = Replica {
            storage,
            catalogue: Catalogue::built_in(),
            identity,
            key,
            meta,
            lanes,
            scopes,
            mirror,
            former: Vec::new(),
            former_ops: BTreeMap::new(),
            own_ops: BTreeMap::new(),
            incidents: Vec::new(),
            learned: dictionary::Learned::default(),
            tally: Tally::default(),
            index: query::Index::default(),
            doubts: BTreeMap::new(),
            rounds_in_doubt: BTreeMap::new(),
            agreements: 0,
            damaged_ops: Vec::new(),
            latest_nonce: None,
            plainly: false,
            dictionaries: Arc::new(ShippedDictionaries),
            without_dictionary: false,
        };
        replica.index_own_ops();
        for (id, held) in &replica.mirror {
            replica.tally.count(*id, held, record_hash(&held.record.encode()));
        }
        replica.build_index();
        replica
    }

    /// What the phone is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The key of its exchanges.
    pub fn device_key(&self) -> &DeviceKey {
        &self.key
    }

    /// The catalogue it writes by.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Goes on with another catalogue, as an app of another version has it.
    pub fn use_catalogue(&mut self, catalogue: Catalogue) {
        self.catalogue = catalogue;
    }

    /// The server's history it knows.
    pub fn incarnation(&self) -> u64 {
        self.meta.incarnation
    }

    /// What the phone had to come to terms with, oldest first: for its user.
    pub fn recoveries(&self) -> &[Recovery] {
        &self.meta.recoveries
    }

    fn set_certificate(&mut self, certificate: Certificate) {
        self.identity.certificate = certificate;
    }

    /// Whether the server said that the phone is revoked.
    pub fn is_revoked(&self) -> bool {
        self.meta.revoked
    }

    /// How far each lane is, for the hello.
    pub fn lane_states(&self) -> [LaneState; 3] {
        std::array::from_fn(|lane| self.lanes[lane].state())
    }

    /// The commit whose end most feeds have reached, for the hello.
    pub fn point(&self) -> u64 {
        let cursors = self.scopes.values().flat_map(|state| state.cursors);
        cursors.filter_map(Cursor::end_of_commit).max().unwrap_or(0)
    }

    /// Where the feeds stand, for the hello, those not told at the end of `point`. None where all begins anew: then it is
    /// told again which area has which number.
    pub fn feed_states(&self, point: u64) -> Vec<FeedState> {
        if self.meta.scopes_unsure {
            return Vec::new();
        }
        let at_point = [Cursor::At(Position::after(point)); 3];
        self.scopes
            .iter()
            .map(|(scope, state)| FeedState {
                scope: *scope,
                cursors: (state.cursors != at_point).then_some(state.cursors),
            })
            .collect()
    }

    /// The scopes held.
    pub fn scopes(&self) -> impl Iterator<Item = (ScopeId, &ScopeState)> {
        self.scopes.iter().map(|(scope, state)| (*scope, state))
    }

    /// Things that should not have happened and were survived; for the log, and for tests to demand none.
    pub fn incidents(&self) -> &[Incident] {
        &self.incidents
    }
}
