//! Where a worker's phone has a link over a day, and when it tries to synchronise.

use super::{MINUTE_MS, Script, Settings};
use crate::trace::step::{DeviceAct, LinkChange, Sync};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Link profiles of the field, with weights.
const FIELD_LINKS: [(&str, u32); 6] = [
    ("lte_edge", 25),
    ("umts_rural", 20),
    ("edge_lossy", 20),
    ("gprs_rural", 20),
    ("lte_flap", 10),
    ("geo_sat", 5),
];

/// Link profiles of homes and township offices, with weights.
const HOME_LINKS: [(&str, u32); 5] = [
    ("lte_ok", 40),
    ("lte_edge", 30),
    ("umts_rural", 15),
    ("edge_lossy", 10),
    ("gprs_rural", 5),
];

/// Minutes from 07:00 at which the phones of a home-coming evening synchronise, each within half an hour.
/// The first brings the day in; the later ones bring what others' brought, and the work of the evening.
const EVENING_MINUTES: [i64; 5] = [690, 810, 900, 960, 1_020];
/// When workers leave for the field.
const LEAVE_MINUTE: i64 = 60;

/// The profile of a worker's home.
pub(super) fn home_link(settings: &Settings, rng: &mut ChaCha8Rng) -> String {
    drawn(&HOME_LINKS, settings, rng)
}

fn drawn(links: &[(&str, u32)], settings: &Settings, rng: &mut ChaCha8Rng) -> String {
    let sum: u32 = links.iter().map(|(_, weight)| weight).sum();
    let mut left = rng.random_range(0..sum);
    let found = links.iter().find(|(_, weight)| {
        let hit = left < *weight;
        left = left.saturating_sub(*weight);
        hit
    });
    // The draw is below the sum of the weights, so one is found.
    let name = found.map_or(links[0].0, |(name, _)| name);
    settings.link.clone().unwrap_or_else(|| name.to_string())
}

/// Writes the links and synchronisations of one worker's day.
pub(super) fn write(
    script: &mut Script,
    settings: &Settings,
    worker: usize,
    home: &str,
    start_ms: i64,
    rng: &mut ChaCha8Rng,
) {
    let mut day = Day {
        script,
        worker,
        start_ms,
        rng,
    };
    day.sync_within(5, 30);
    let field = drawn(&FIELD_LINKS, settings, day.rng);
    match day.rng.random_range(0..10) {
        0..4 => day.link(LEAVE_MINUTE, LinkChange::Down),
        4..7 => day.hilltops(&field),
        _ => day.weak_coverage(&field),
    }
    day.link(EVENING_MINUTES[0] - 5, LinkChange::Profile(home.to_string()));
    for minute in EVENING_MINUTES {
        day.sync_within(minute, 30);
    }
}

struct Day<'a> {
    script: &'a mut Script,
    worker: usize,
    start_ms: i64,
    rng: &'a mut ChaCha8Rng,
}

impl Day<'_> {
    fn act(&mut self, at_ms: i64, act: DeviceAct) {
        self.script.device(self.start_ms + at_ms, self.worker, act);
    }

    fn link(&mut self, minute: i64, link: LinkChange) {
        self.act(minute * MINUTE_MS, DeviceAct::Link(link));
    }

    /// Synchronises to the end, starting within some minutes.
    fn sync_within(&mut self, minute: i64, minutes: i64) {
        let at_ms = minute * MINUTE_MS + self.rng.random_range(0..minutes * MINUTE_MS);
        self.act(
            at_ms,
            DeviceAct::Sync(Sync {
                until_done: true,
                ..Sync::default()
            }),
        );
    }

    /// No link but on a few hilltops.
    fn hilltops(&mut self, field: &str) {
        self.link(LEAVE_MINUTE, LinkChange::Down);
        let tops = self.rng.random_range(1..=3);
        for top in 0..tops {
            let from = 150 + top * 480 / tops;
            let minute = self.rng.random_range(from..from + 480 / tops - 20);
            let stay = self.rng.random_range(4..=12);
            self.link(minute, LinkChange::Profile(field.to_string()));
            self.act(
                minute * MINUTE_MS + 20_000,
                DeviceAct::Sync(Sync {
                    until_done: true,
                    ..Sync::default()
                }),
            );
            self.link(minute + stay, LinkChange::Down);
        }
    }

    /// A bad link all day, tried about every hour.
    fn weak_coverage(&mut self, field: &str) {
        self.link(LEAVE_MINUTE, LinkChange::Profile(field.to_string()));
        let mut minute = LEAVE_MINUTE + self.rng.random_range(30..70);
        while minute < EVENING_MINUTES[0] - 30 {
            self.act(minute * MINUTE_MS, DeviceAct::Sync(Sync::default()));
            minute += self.rng.random_range(45..100);
        }
    }
}
