//! A phone in its place, against a real server: its link, and the synchronisation that runs on it.

use crate::device::{Phone, PhoneError, Snapshot, Statistics};
use crate::link::{Cut, Profile};
use crate::trace::{LinkChange, Sync};
use crate::transport::{AttemptOptions, Ending, Route, Severing, SharedPhone, run_until_done, sync_once};
use anyhow::Context;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The real time that a synchronisation may take over a good link: the server's work, mostly.
const GRACE: Duration = Duration::from_secs(2);
/// The real time that a server has for what it got before a connection was cut.
const GRACE_AFTER_CUT: Duration = Duration::from_millis(300);
/// The connections that a synchronisation takes over a good link, at most: to ask, to send, to see that nothing
/// is left.
const USUAL_CONNECTIONS: u64 = 3;

/// A phone, its link, and what it is doing.
pub(super) struct Station {
    phone: SharedPhone,
    route: Route,
    /// The profile the link has when it is up.
    usual: Profile,
    /// Whether there is no link.
    is_dark: bool,
    /// Backups, by name.
    pub snapshots: BTreeMap<String, Snapshot>,
    syncing: Arc<watch::Sender<Syncing>>,
    /// When it was last asked to synchronise, in virtual time, and its counts then.
    began_us: u64,
    before: Statistics,
    task: Option<JoinHandle<()>>,
}

/// Where a phone is with its synchronisation.
#[derive(Debug, Default)]
pub(super) struct Syncing {
    /// It is at it.
    is_busy: bool,
    /// What was asked for while it was at it.
    again: Option<Sync>,
    /// How the last attempt ended.
    last: Option<String>,
    /// It broke off in the middle: the server may still be at what it got of it.
    broke_off: bool,
}

impl Station {
    /// A phone whose link, of `route`, is now `usual`, or none at all if `is_dark`.
    pub fn new(phone: Phone, route: Route, usual: Profile, is_dark: bool) -> Self {
        Station {
            phone: Arc::new(Mutex::new(phone)),
            route,
            usual,
            is_dark,
            snapshots: BTreeMap::new(),
            syncing: Arc::new(watch::Sender::default()),
            began_us: 0,
            before: Statistics::default(),
            task: None,
        }
    }

    /// The phone, for a moment.
    pub fn phone(&self) -> MutexGuard<'_, Phone> {
        // A panic in one use of a phone is told where it happens.
        self.phone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is synchronising, or trying to.
    pub fn is_busy(&self) -> bool {
        self.syncing.borrow().is_busy
    }

    /// Whether it has no link, so that nothing it began can end.
    pub fn is_dark(&self) -> bool {
        self.is_dark
    }

    /// The real time, if any, that its synchronisation is given before what comes later in the trace goes on
    /// without it.
    pub fn grace(&self) -> Option<Duration> {
        let (is_busy, broke_off) = {
            let syncing = self.syncing.borrow();
            (syncing.is_busy, syncing.broke_off)
        };
        if !is_busy {
            return broke_off.then_some(GRACE_AFTER_CUT);
        }
        (!self.is_dark && !self.is_hampered()).then_some(GRACE)
    }

    /// Whether it is its link that keeps it from ending: no connection came about, or several were of no use.
    fn is_hampered(&self) -> bool {
        let (before, now) = (self.before, self.phone().statistics);
        let connections = now.connections - before.connections;
        connections > USUAL_CONNECTIONS || (connections == 0 && now.virtual_ms > before.virtual_ms)
    }

    /// How its last attempt ended, if it has made one.
    pub fn last_ending(&self) -> Option<String> {
        self.syncing.borrow().last.clone()
    }

    /// When it was last asked to synchronise, in microseconds of virtual time.
    pub fn began_us(&self) -> u64 {
        self.began_us
    }

    /// To be awaited until it is not busy.
    pub fn syncing(&self) -> watch::Receiver<Syncing> {
        self.syncing.subscribe()
    }

    /// Begins to synchronise; if it is at it already, it will again afterwards.
    pub fn begin_sync(&mut self, runtime: &Handle, sync: Sync) {
        self.began_us = self.route.pace.now_us();
        let counts = self.phone().statistics;
        self.before = counts;
        let mut begins = false;
        self.syncing.send_modify(|syncing| {
            if syncing.is_busy {
                let until_done = sync.until_done || syncing.again.is_some_and(|again| again.until_done);
                syncing.again = Some(Sync { until_done, ..sync });
            } else {
                syncing.is_busy = true;
                begins = true;
            }
        });
        if begins {
            let (phone, route) = (Arc::clone(&self.phone), self.route.clone());
            let guard = Guard(Some(Arc::clone(&self.syncing)));
            self.task = Some(runtime.spawn(keep_at_it(phone, route, guard, sync)));
        }
    }

    /// The process is gone, and what it was doing with it.
    pub fn drop_sync(&mut self, runtime: &Handle) {
        if let Some(task) = self.task.take() {
            task.abort();
            // That it was ended is what was wanted.
            let _ = runtime.block_on(task);
        }
    }

    /// The link changes.
    ///
    /// # Errors
    /// If there is no such profile.
    pub fn set_link(&mut self, change: &LinkChange) -> anyhow::Result<()> {
        let next = match change {
            LinkChange::Down => profile("down")?,
            LinkChange::Up => self.usual.clone(),
            LinkChange::Profile(name) => {
                self.usual = profile(name)?;
                self.usual.clone()
            }
        };
        self.is_dark = *change == LinkChange::Down;
        self.route.link.set_profile(next, self.route.pace.now_us());
        Ok(())
    }
}

/// The profile of this name.
pub(super) fn profile(name: &str) -> anyhow::Result<Profile> {
    Profile::by_name(name).with_context(|| format!("there is no link profile {name:?}"))
}

impl Syncing {
    /// Whether it is at it.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }
}

/// Says that a synchronisation is over even where its task was ended from outside.
struct Guard(Option<Arc<watch::Sender<Syncing>>>);

impl Guard {
    /// An attempt has ended; what was asked for meanwhile, if anything was.
    fn ended(&mut self, how: String, broke_off: bool) -> Option<Sync> {
        let mut again = None;
        if let Some(syncing) = &self.0 {
            syncing.send_modify(|syncing| {
                again = syncing.again.take();
                syncing.is_busy = again.is_some();
                syncing.last = Some(how);
                syncing.broke_off = broke_off;
            });
        }
        if again.is_none() {
            self.0 = None;
        }
        again
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(syncing) = &self.0 {
            syncing.send_modify(|syncing| {
                syncing.again = None;
                syncing.is_busy = false;
                syncing.broke_off = true;
            });
        }
    }
}

async fn keep_at_it(phone: SharedPhone, route: Route, mut guard: Guard, first: Sync) {
    let mut next = Some(first);
    while let Some(sync) = next {
        next = match synchronise(&phone, &route, sync).await {
            Ok(ending) => guard.ended(
                format!("{ending:?}"),
                matches!(ending, Ending::Cut | Ending::Silent),
            ),
            Err(error) => guard.ended(error.to_string(), false),
        };
    }
}

async fn synchronise(phone: &SharedPhone, route: &Route, sync: Sync) -> Result<Ending, PhoneError> {
    let severing = match (sync.cut_after_bytes, sync.cut_reply) {
        (Some(bytes), _) => Severing::At(Cut::AfterBytes(bytes)),
        (None, true) => Severing::BeforeReply,
        (None, false) => Severing::Never,
    };
    let options = AttemptOptions {
        severing,
        ..AttemptOptions::default()
    };
    if sync.until_done {
        Ok(run_until_done(phone, route, options, None).await?.last)
    } else {
        Ok(sync_once(phone, route, options).await?.ending)
    }
}
