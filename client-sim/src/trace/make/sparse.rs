//! A league's month: phones that have a link only on the days on which something else than visits passed, and all else
//! as rare as in the field.

use super::{DAY_MS, MINUTE_MS, Script, Settings, device_ref};
use crate::trace::step::{Create, DeviceAct, LinkChange, Sync, What};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

/// How likely a worker's day has a report: 112 a day of 12,000 workers.
pub(super) const REPORT_SHARE: f64 = 112.0 / 12_000.0;
/// How likely the township gives a worker a task on a day.
pub(super) const TASK_SHARE: f64 = 0.004;
/// How likely a worker's day has one of the other matters.
pub(super) const LIFE_SHARE: f64 = 0.008;
/// How likely a change of a household, of which busy days have one or two, is kept.
const EDIT_SHARE: f64 = 0.03;
/// One visit in so many has something to tell.
const TOLD_ONE_IN: usize = 10;
/// What every visit says.
const BRIEF: [&str; 6] = [
    "household",
    "visited_at",
    "category",
    "resident_count",
    "role_hat",
    "outcome",
];
/// When the phones of a day on which something passed synchronise, in minutes from 07:00, each within half an hour: what
/// was written comes in, what became of it goes out, the work of the evening comes in.
const EVENING_MINUTES: [i64; 3] = [690, 810, 900];
/// When all phones are set up, and from when on they have a link no more.
const SET_UP_MINUTES: i64 = 30;
const DARK_MINUTE: i64 = 60;

/// Of so many workers, one in how many takes on another grid; and one grid in as many is cut.
pub(super) fn reshaped_one_in(workers: usize) -> usize {
    (workers / 8).max(super::matters::ONE_IN)
}

/// Thins out busy days, and gives phones their links.
pub(super) fn thin(script: &mut Script, settings: &Settings, homes: &[String]) {
    // A stream of its own, which no worker's day has.
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    rng.set_stream(u64::MAX);
    let mut visits = 0;
    script.steps.retain_mut(|(_, what)| {
        let What::Device { act, .. } = what else {
            return true;
        };
        match act {
            DeviceAct::Create(create) if create.kind == "visit" => {
                brief(create, visits);
                visits += 1;
                true
            }
            // The other worker's phone has not heard of the visit.
            DeviceAct::Edit(edit) if edit.if_held && edit.record.starts_with('v') => false,
            DeviceAct::Edit(edit) if edit.if_held && edit.record.starts_with('h') => {
                edit.set.contains_key("occupancy") || rng.random_bool(EDIT_SHARE)
            }
            _ => true,
        }
    });
    let busy = busy_days(script);
    for (worker, home) in homes.iter().enumerate() {
        links(script, settings, (worker, home), &busy, &mut rng);
    }
}

/// Leaves what is counted, and of the rest what one visit in some has.
fn brief(create: &mut Create, number: usize) {
    let told = number.is_multiple_of(TOLD_ONE_IN);
    create
        .fields
        .retain(|name, _| BRIEF.contains(&name.as_str()) || (told && name == "note"));
}

/// The days on which each phone says something that others wait for.
fn busy_days(script: &Script) -> BTreeMap<String, BTreeSet<i64>> {
    let mut busy: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for (at_ms, what) in &script.steps {
        let What::Device { device, act } = what else {
            continue;
        };
        let waits = match act {
            DeviceAct::Create(create) => !matches!(create.kind.as_str(), "visit" | "household"),
            DeviceAct::Event(event) => !event.record.starts_with('v'),
            _ => false,
        };
        if waits {
            busy.entry(device.clone()).or_default().insert(at_ms / DAY_MS);
        }
    }
    busy
}

/// Links and synchronisations of one phone: as it is set up, in the evenings of its busy days, and at the end.
fn links(
    script: &mut Script,
    settings: &Settings,
    (worker, home): (usize, &str),
    busy: &BTreeMap<String, BTreeSet<i64>>,
    rng: &mut ChaCha8Rng,
) {
    let mut sync = |script: &mut Script, day: i64, minute: i64| {
        let within = rng.random_range(0..30 * MINUTE_MS);
        let at_ms = day * DAY_MS + minute * MINUTE_MS + within;
        let until_done = Sync {
            until_done: true,
            ..Sync::default()
        };
        script.device(at_ms, worker, DeviceAct::Sync(until_done));
    };
    sync(script, 0, 5);
    let dark = |script: &mut Script, at_ms: i64| {
        script.device(at_ms, worker, DeviceAct::Link(LinkChange::Down));
    };
    dark(script, DARK_MINUTE * MINUTE_MS);
    let last = settings.days as i64 - 1;
    let none = BTreeSet::new();
    let days = busy.get(&device_ref(worker)).unwrap_or(&none);
    for day in days.iter().copied().filter(|day| *day < last).chain([last]) {
        let up_ms = day * DAY_MS + (EVENING_MINUTES[0] - 5) * MINUTE_MS;
        let home = LinkChange::Profile(home.to_owned());
        script.device(up_ms, worker, DeviceAct::Link(home));
        for minute in EVENING_MINUTES {
            // On the last day those to whom nothing happened come once.
            if day < last || days.contains(&last) || minute == EVENING_MINUTES[0] {
                sync(script, day, minute);
            }
        }
        if day < last {
            dark(
                script,
                day * DAY_MS + (EVENING_MINUTES[2] + 2 * SET_UP_MINUTES) * MINUTE_MS,
            );
        }
    }
}
