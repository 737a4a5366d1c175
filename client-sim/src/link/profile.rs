//! What a mobile link is like: the parameters of one profile, and how to vary them.
//!
//! Everything a profile says is modelled where it concerns a request and its reply. Not modelled: name lookup
//! (phones keep the address), UDP timers, packets of two connections of one phone delaying each other, and
//! what an ended connection left in the operator's queue. That `hilltop` moves a whole day's data in a few
//! windows follows from its spells; there is no rule of its own for it.

use std::sync::Arc;

use super::drives;
use super::presets;
use super::recorded::RecordedLink;

/// One kind of link.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The name used in traces and on the command line.
    pub name: &'static str,
    /// What it stands for, in a few words.
    pub about: &'static str,
    /// Round trip without waiting in queues, in microseconds.
    pub rtt_us: u64,
    /// How far a round trip may differ from [`Profile::rtt_us`] either way, in microseconds; each way takes an
    /// even draw of half of it. Order is kept, so bursts tend to the slow side.
    pub jitter_us: u64,
    /// Rate to the phone, headers included, in kbit/s.
    pub down_kbit_s: u64,
    /// Rate from the phone, headers included, in kbit/s.
    pub up_kbit_s: u64,
    /// When packets are lost although there is a link.
    pub loss: LossModel,
    /// When there is no link.
    pub outages: Outages,
    /// Share of outages that end a connection in the phone's sight (its network is gone, or it comes back with
    /// a new address). Where the source is silent, an outage of 2G or 3G is taken to end it. A connection that
    /// an outage does not end stalls, and resumes or gives up by its retransmission timer.
    pub outage_ends_connection: f64,
    /// Share of outages that end a connection unseen by either end: each notices only when it has waited for an
    /// acknowledgement until it gives up.
    pub outage_leaves_half_open: f64,
    /// Silence after which the operator's address translation forgets a connection, unseen by either end.
    pub nat_idle_us: Option<u64>,
    /// The radio's sleep when nothing is sent.
    pub radio_sleep: Option<RadioSleep>,
    /// How much waiting the queue before the radio holds, in microseconds; packets beyond it are dropped.
    pub queue_us: u64,
    /// Share of handshakes' first packets lost beyond the loss layer.
    pub syn_loss: f64,
    /// An operator's proxy that buffers plain HTTP; encrypted connections pass it by.
    pub proxy: Option<BufferingProxy>,
    /// A recording in place of both rates.
    pub recording: Option<Arc<RecordedLink>>,
}

/// Continuous-time Gilbert–Elliott loss. With equal losses it is an even random loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossModel {
    /// Mean length of good spells, in microseconds.
    pub good_mean_us: u64,
    /// Mean length of bad spells, in microseconds.
    pub bad_mean_us: u64,
    /// Probability that a packet is lost in a good spell.
    pub good_loss: f64,
    /// Probability that a packet is lost in a bad spell.
    pub bad_loss: f64,
}

impl LossModel {
    /// Even random loss with the given probability.
    pub const fn even(loss: f64) -> Self {
        Self {
            good_mean_us: 1_000_000,
            bad_mean_us: 0,
            good_loss: loss,
            bad_loss: loss,
        }
    }

    /// The loss probability averaged over time.
    pub fn average(&self) -> f64 {
        let (good_us, bad_us) = (self.good_mean_us as f64, self.bad_mean_us as f64);
        if good_us + bad_us > 0.0 {
            (good_us * self.good_loss + bad_us * self.bad_loss) / (good_us + bad_us)
        } else {
            self.good_loss
        }
    }
}

/// When there is no link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outages {
    /// There always is.
    Never,
    /// There never is.
    Always,
    /// In turn: exponential up-spells, log-normal (sigma 1) down-spells.
    Spells {
        /// Mean up-spell in microseconds.
        up_mean_us: u64,
        /// Mean down-spell in microseconds, storms included.
        down_mean_us: u64,
        /// Rare long outages, if there are any.
        storm: Option<Storm>,
    },
}

/// Rare long outages (weather at a satellite dish).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Storm {
    /// Share of the outages that are storms.
    pub share_of_outages: f64,
    /// How long each is, in microseconds.
    pub length_us: u64,
}

/// A radio that sleeps when nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RadioSleep {
    /// Silence after which it sleeps, in microseconds.
    pub after_idle_us: u64,
    /// How long it takes to wake, in microseconds.
    pub wake_us: u64,
}

/// A proxy in the path that collects what it gets and passes it on when the sender pauses or it has enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BufferingProxy {
    /// Pause of the sender after which it passes on what it holds, in microseconds.
    pub hold_us: u64,
    /// Bytes of one direction that it holds at most.
    pub most_bytes: u64,
}

impl Profile {
    /// Whether an app would take the link for a good one: fast, with hardly a packet lost.
    pub fn is_good(&self) -> bool {
        self.down_kbit_s >= 5_000 && self.loss.average() < 0.01 && self.outages != Outages::Always
    }

    /// The profile called `name`, if there is one: a preset, or a drive.
    pub fn by_name(name: &str) -> Option<Self> {
        if let Some(drive) = drives::number(name) {
            return drives::profile(drive);
        }
        all().into_iter().find(|profile| profile.name == name)
    }

    /// The same link with recorded delivery opportunities in place of its rates. Round trip, loss and outages
    /// stay; a recording usually wants [`Profile::without_outages`] too, having outages of its own.
    pub fn with_recording(mut self, recording: RecordedLink) -> Self {
        self.up_kbit_s = recording.up.mean_kbit_s();
        self.down_kbit_s = recording.down.mean_kbit_s();
        self.recording = Some(Arc::new(recording));
        self
    }

    /// The same link without outages.
    pub fn without_outages(mut self) -> Self {
        self.outages = Outages::Never;
        self
    }
}

/// All named profiles, in the order in which they are listed.
pub fn all() -> Vec<Profile> {
    presets::all()
}
