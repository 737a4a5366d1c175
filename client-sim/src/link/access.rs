//! One phone's access link: its profiles over time, and how connections begin on it.

use std::sync::Arc;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Direction;
use super::connection::Connection;
use super::loss::LossProcess;
use super::outage::OutageProcess;
use super::path::{one_way_us, serialise_us};
use super::profile::Profile;
use super::streams::{Purpose, stream};
use super::tcp::HEADER_BYTES;

/// How long a phone takes to say that it has no network, in microseconds.
pub const NO_NETWORK_US: u64 = 50_000;
/// First packets of a handshake that are sent, 1 s, 2 s, 4 s… apart, before it fails.
pub const HANDSHAKE_TRIES: u32 = 6;

/// One phone's mobile link. It survives its connections and answers any time, past or future, the same way
/// however often it was asked; only what profile holds from when on is told it.
///
/// A phone is taken to hold one connection at a time: two at once would each have the whole rate.
#[derive(Debug, Clone)]
pub struct Link {
    seed: u64,
    segments: Vec<Segment>,
    connections: u64,
    radio_used_us: Option<u64>,
    radio_awake_us: u64,
}

/// The time during which one profile holds.
#[derive(Debug, Clone)]
struct Segment {
    since_us: u64,
    profile: Arc<Profile>,
    outages: OutageProcess,
    loss: LossProcess,
}

/// How an attempt to connect ends.
#[derive(Debug, Clone)]
pub enum ConnectOutcome {
    /// The connection is there.
    Established {
        /// When the phone may send, in microseconds of virtual time.
        at_us: u64,
        /// The connection.
        connection: Box<Connection>,
    },
    /// There is none.
    Failed {
        /// When the phone knows, in microseconds of virtual time.
        at_us: u64,
    },
}

impl Link {
    /// A link with `profile` from `start_us` on, beginning with an up-spell. Everything random about it follows
    /// from `seed`.
    pub fn new(profile: Profile, seed: u64, start_us: u64) -> Self {
        let mut link = Self {
            seed,
            segments: Vec::new(),
            connections: 0,
            radio_used_us: None,
            radio_awake_us: 0,
        };
        link.begin_segment(profile, start_us);
        link
    }

    /// The link is another one from `now_us` on (never from before an earlier change). Open connections live
    /// on unless the new profile has no link.
    pub fn set_profile(&mut self, profile: Profile, now_us: u64) {
        let since_us = self
            .segments
            .last()
            .map_or(now_us, |last| now_us.max(last.since_us));
        if let Some(last) = self.segments.last_mut() {
            last.outages.forget_era();
            last.loss.forget_era();
        }
        self.begin_segment(profile, since_us);
    }

    fn begin_segment(&mut self, profile: Profile, since_us: u64) {
        let number = self.segments.len() as u64;
        self.segments.push(Segment {
            since_us,
            outages: OutageProcess::new(&profile.outages, self.seed, number, since_us),
            loss: LossProcess::new(profile.loss, self.seed, number, since_us),
            profile: Arc::new(profile),
        });
    }

    /// The profile that holds at `at_us`.
    pub fn profile_at(&self, at_us: u64) -> Arc<Profile> {
        Arc::clone(&self.segments[self.segment_index(at_us)].profile)
    }

    /// Whether there is a link at `now_us`.
    pub fn is_up(&mut self, now_us: u64) -> bool {
        let index = self.segment_index(now_us);
        self.segments[index].outages.is_up(now_us)
    }

    /// `now_us` if there is a link, else when there is one again; `u64::MAX` if never.
    pub fn next_up_us(&mut self, now_us: u64) -> u64 {
        if self.is_up(now_us) {
            now_us
        } else {
            self.next_change_us(now_us).unwrap_or(u64::MAX)
        }
    }

    /// The first time after `now_us` at which the link comes or goes, as far as profiles are known.
    pub fn next_change_us(&mut self, now_us: u64) -> Option<u64> {
        let was_up = self.is_up(now_us);
        let mut at_us = now_us;
        for index in self.segment_index(now_us)..self.segments.len() {
            let end_us = self.segments.get(index + 1).map(|next| next.since_us);
            let segment = &mut self.segments[index];
            at_us = at_us.max(segment.since_us);
            if at_us > now_us && segment.outages.is_up(at_us) != was_up {
                return Some(at_us);
            }
            if let Some(change_us) = segment.outages.next_change_us(at_us)
                && end_us.is_none_or(|end_us| change_us < end_us)
            {
                return Some(change_us);
            }
        }
        None
    }

    /// Attempts a TCP handshake from `now_us` on: one round trip, with the first packet sent again after 1 s,
    /// 2 s, 4 s… when it or its answer is lost. An outage ends the attempt.
    pub fn connect(&mut self, now_us: u64) -> ConnectOutcome {
        let mut rng = stream(self.seed, Purpose::Connection, self.connections, 0);
        self.connections += 1;
        if !self.is_up(now_us) {
            return ConnectOutcome::Failed {
                at_us: now_us.saturating_add(NO_NETWORK_US),
            };
        }
        let gone_us = self.next_change_us(now_us).unwrap_or(u64::MAX);
        let first_us = self.radio_awake_us(now_us);
        for attempt in 0..HANDSHAKE_TRIES {
            let sent_us = first_us.saturating_add(((1 << attempt) - 1) * 1_000_000);
            if sent_us >= gone_us {
                break;
            }
            let Some(at_us) = self.handshake(sent_us, &mut rng) else {
                continue;
            };
            if at_us >= gone_us {
                break;
            }
            let connection = Box::new(Connection::new(now_us, at_us, at_us - sent_us, rng));
            return ConnectOutcome::Established { at_us, connection };
        }
        let tired_us = first_us.saturating_add(((1 << HANDSHAKE_TRIES) - 1) * 1_000_000);
        ConnectOutcome::Failed {
            at_us: gone_us.min(tired_us),
        }
    }

    /// One handshake begun at `sent_us`: when its answer is back, unless lost.
    fn handshake(&mut self, sent_us: u64, rng: &mut ChaCha8Rng) -> Option<u64> {
        let profile = self.profile_at(sent_us);
        let (syn, there, back): (f64, f64, f64) = (rng.random(), rng.random(), rng.random());
        let way_us = one_way_us(&profile, rng).saturating_add(one_way_us(&profile, rng));
        let crossed_us = sent_us.saturating_add(serialise_us(&profile, Direction::Up, HEADER_BYTES));
        let answer_us = serialise_us(&profile, Direction::Down, HEADER_BYTES);
        let at_us = crossed_us.saturating_add(way_us).saturating_add(answer_us);
        self.radio_used(crossed_us);
        let lost = syn < profile.syn_loss
            || there < self.loss_probability(crossed_us)
            || back < self.loss_probability(at_us);
        if lost {
            return None;
        }
        self.radio_used(at_us);
        Some(at_us)
    }

    /// The start of the first outage not before `from_us` that may end a connection.
    pub(super) fn next_ending_outage_us(&mut self, from_us: u64) -> Option<u64> {
        let mut at_us = from_us;
        loop {
            at_us = self.next_outage_us(at_us)?;
            let index = self.segment_index(at_us);
            let profile = &self.segments[index].profile;
            if profile.outage_ends_connection > 0.0 || profile.outage_leaves_half_open > 0.0 {
                return Some(at_us);
            }
            // Outages of this profile end nothing: look again when the next profile holds.
            at_us = self.segments.get(index + 1)?.since_us;
        }
    }

    /// The first time not before `from_us` at which the link goes.
    fn next_outage_us(&mut self, from_us: u64) -> Option<u64> {
        let up_now = self.is_up(from_us);
        if !up_now && from_us > 0 && self.is_up(from_us - 1) {
            return Some(from_us);
        }
        let change_us = self.next_change_us(from_us)?;
        if up_now {
            Some(change_us)
        } else {
            self.next_change_us(change_us)
        }
    }

    /// How many profiles the link has had: what it foretells changes only with it.
    pub(super) fn revision(&self) -> usize {
        self.segments.len()
    }

    /// The probability that a packet handed over at `now_us` is lost when it crosses at `at_us`. What the link becomes
    /// before that does not count: it may not be known yet.
    pub(super) fn loss_on_the_way(&mut self, now_us: u64, at_us: u64) -> f64 {
        let index = self.segment_index(now_us);
        let segment = &mut self.segments[index];
        match segment.outages.is_up(at_us) {
            true => segment.loss.probability(at_us),
            false => 1.0,
        }
    }

    /// The probability that a packet crossing at `at_us` is lost although there is a link.
    pub(super) fn loss_probability(&mut self, at_us: u64) -> f64 {
        let index = self.segment_index(at_us);
        self.segments[index].loss.probability(at_us)
    }

    /// When the radio is ready for what is handed over at `now_us`; wakes it if it sleeps.
    pub(super) fn radio_awake_us(&mut self, now_us: u64) -> u64 {
        let index = self.segment_index(now_us);
        if let Some(sleep) = self.segments[index].profile.radio_sleep {
            let asleep = self
                .radio_used_us
                .is_none_or(|used_us| now_us.saturating_sub(used_us) > sleep.after_idle_us);
            if asleep {
                self.radio_awake_us = now_us.saturating_add(sleep.wake_us);
                self.radio_used(self.radio_awake_us);
            }
        }
        now_us.max(self.radio_awake_us)
    }

    /// The radio carried something until `at_us`.
    pub(super) fn radio_used(&mut self, at_us: u64) {
        self.radio_used_us = self.radio_used_us.max(Some(at_us));
    }

    /// The segment that holds at `at_us`; times before the first count as its beginning.
    fn segment_index(&self, at_us: u64) -> usize {
        self.segments
            .partition_point(|segment| segment.since_us <= at_us)
            .saturating_sub(1)
    }
}
