//! How one packet crosses: radio asleep or not, queue, rate, loss, propagation.
//!
//! The narrow place is taken to be at the sender for both directions. Each way takes half the round trip plus
//! its jitter; packets never overtake each other.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Direction;
use super::access::Link;
use super::profile::Profile;
use super::recorded::RecordingCursor;

/// What one direction of a connection has put on the link so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    free_us: u64,
    last_arrival_us: u64,
    last_acknowledgement_us: u64,
    cursor: RecordingCursor,
}

impl Path {
    /// When a packet of `bytes` (headers included) handed over at `now_us` arrives; `None`: it is lost.
    pub(super) fn cross(
        &mut self,
        link: &mut Link,
        direction: Direction,
        (now_us, bytes): (u64, u64),
        rng: &mut ChaCha8Rng,
    ) -> Option<u64> {
        let profile = link.profile_at(now_us);
        let chance: f64 = rng.random();
        let way_us = one_way_us(&profile, rng);
        let start_us = link.radio_awake_us(now_us).max(self.free_us);
        if self.free_us.saturating_sub(now_us) > profile.queue_us {
            return None;
        }
        let crossed_us = self.crossed_us(&profile, direction, start_us, bytes);
        self.free_us = crossed_us;
        link.radio_used(crossed_us);
        if chance < link.loss_on_the_way(now_us, crossed_us) {
            return None;
        }
        self.last_arrival_us = crossed_us.saturating_add(way_us).max(self.last_arrival_us);
        Some(self.last_arrival_us)
    }

    /// When the acknowledgement of a packet that arrived at `now_us` is back; `None`: lost in an outage.
    pub(super) fn acknowledge(&mut self, link: &mut Link, now_us: u64, rng: &mut ChaCha8Rng) -> Option<u64> {
        let way_us = one_way_us(&link.profile_at(now_us), rng);
        if !link.is_up(now_us) {
            return None;
        }
        self.last_acknowledgement_us = now_us.saturating_add(way_us).max(self.last_acknowledgement_us);
        Some(self.last_acknowledgement_us)
    }

    fn crossed_us(&mut self, profile: &Profile, direction: Direction, start_us: u64, bytes: u64) -> u64 {
        match (&profile.recording, direction) {
            (Some(recording), Direction::Up) => self.cursor.cross(&recording.up, start_us, bytes),
            (Some(recording), Direction::Down) => self.cursor.cross(&recording.down, start_us, bytes),
            (None, _) => start_us.saturating_add(serialise_us(profile, direction, bytes)),
        }
    }
}

/// How long `bytes` take at the profile's rate, in microseconds.
pub(super) fn serialise_us(profile: &Profile, direction: Direction, bytes: u64) -> u64 {
    let kbit_s = match direction {
        Direction::Up => profile.up_kbit_s,
        Direction::Down => profile.down_kbit_s,
    };
    bytes.saturating_mul(8_000).div_ceil(kbit_s.max(1))
}

/// One draw of the way from end to end, in microseconds.
pub(super) fn one_way_us(profile: &Profile, rng: &mut ChaCha8Rng) -> u64 {
    let offset = (rng.random::<f64>() * 2.0 - 1.0) * profile.jitter_us as f64;
    // A float below zero becomes zero.
    ((profile.rtt_us as f64 + offset) / 2.0) as u64
}
