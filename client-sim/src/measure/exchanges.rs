//! The exchanges that are measured, each on a grid of its own.

use super::content::{self, Exchanged};
use super::crossing::{self, Crossed, Travelled};
use super::floor::Floor;
use super::notes::{Lines, Parted};
use super::parts::Parts;
use super::result::{Measured, OnLink};
use super::scene::{Scene, TASKS};
use super::writer::Writer;
use super::{Options, deployment, json, lightly, targets};
use crate::in_process::taught_by;
use crate::link::{Link, Profile};
use anyhow::{Context, bail};
use otor_protocol::wire::SHIPPED_DICTIONARY;

/// Records of the grid before it is measured, where nothing else is said.
const RECORDS: usize = 30;
const RECORDS_LARGE: usize = 5_000;
const WEEK_DAYS: usize = 7;
/// Runs on each link: fewer of the large ones, which vary less.
const RUNS: u64 = 5;
const RUNS_LARGE: u64 = 1;

/// An exchange to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// A day of 31 ops up; the other worker's 31 changes and 3 tasks down.
    Standard,
    /// The same with a dictionary learned from the deployment.
    StandardLearned,
    /// Nothing on either side.
    NothingNew,
    /// A new phone for a grid of 30 records.
    FirstSync,
    /// A new phone for a grid of 5,000 records.
    FirstSyncLarge,
    /// Seven days of both workers.
    Week,
}

impl Which {
    /// All.
    pub const ALL: [Which; 6] = [
        Which::Standard,
        Which::StandardLearned,
        Which::NothingNew,
        Which::FirstSync,
        Which::FirstSyncLarge,
        Which::Week,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Which::Standard => "standard",
            Which::StandardLearned => "standard, learned",
            Which::NothingNew => "nothing new",
            Which::FirstSync => "first sync, 30",
            Which::FirstSyncLarge => "first sync, 5000",
            Which::Week => "a week offline",
        }
    }

    fn runs(self) -> u64 {
        match self {
            Which::FirstSyncLarge | Which::Week => RUNS_LARGE,
            _ => RUNS,
        }
    }

    /// A grid on which the second worker's next exchange is this one.
    fn scene(self, parted: &Parted, taught: &[u8], seed: u64) -> anyhow::Result<Scene> {
        // What a dictionary is learned from is not written where it is measured.
        let none = Lines::default();
        let others = match self {
            Which::StandardLearned => &none,
            _ => &parted.learned,
        };
        let writer = Writer::new(&parted.days, others, seed);
        let records = if self == Which::FirstSyncLarge {
            RECORDS_LARGE
        } else {
            RECORDS
        };
        let mut scene = Scene::new(records, writer, seed)?;
        match self {
            Which::Standard => days(&mut scene, 1)?,
            Which::StandardLearned => {
                scene.learn(taught)?;
                days(&mut scene, 1)?;
            }
            Which::Week => days(&mut scene, WEEK_DAYS)?,
            Which::NothingNew => {
                days(&mut scene, 1)?;
                scene.sync(1)?;
                scene.now_ms += 20 * 60_000;
            }
            Which::FirstSync | Which::FirstSyncLarge => scene.new_phone("new")?,
        }
        Ok(scene)
    }
}

/// Both workers work, the first comes back, the centre gives tasks; the second comes back next.
fn days(scene: &mut Scene, count: usize) -> anyhow::Result<()> {
    for _ in 0..count {
        scene.work_a_day(0)?;
        scene.work_a_day(1)?;
        scene.give_tasks(TASKS)?;
        scene.now_ms += super::scene::DAY_MS;
    }
    scene.now_ms -= super::scene::DAY_MS / 2;
    scene.sync(0)
}

/// Measures one exchange.
///
/// # Errors
/// If it does not end well.
pub(super) fn measured(which: Which, parted: &Parted, options: &Options) -> anyhow::Result<Measured> {
    let taught = match which {
        Which::StandardLearned => taught_by(deployment::texts(&options.learned(parted), options.seed)),
        _ => Some(Vec::new()),
    };
    let taught = taught.context("the notes have too little in common")?;
    let mut scene = which.scene(parted, &taught, options.seed)?;
    let up = content::unsent(&scene.phones[1])?;
    let replica = scene.phones[1].replica().context("the phone does not run")?;
    let (packing, dictionary) = (replica.packing(), replica.dictionary());
    let mut crossings = vec![scene.exchange(1)?];
    while crossings.last().is_some_and(|crossed| crossed.more) {
        crossings.push(scene.exchange(1)?);
    }
    let exchanged = Exchanged::read(up, &crossings, (packing, dictionary.clone()))?;
    let ops_up = exchanged.ops_up()?.len() as u64;
    let acked: u64 = crossings.iter().map(|crossed| crossed.acked).sum();
    if acked != ops_up {
        bail!("{ops_up} ops went up and {acked} were acknowledged");
    }
    let bytes_up: u64 = crossings.iter().map(Crossed::bytes_up).sum();
    let bytes_down: u64 = crossings.iter().map(Crossed::bytes_down).sum();
    let floor = Floor::of(&exchanged, dictionary.as_deref())?;
    let replica = scene.phones[1].replica().context("the phone does not run")?;
    let links = options
        .links
        .iter()
        .map(|profile| on_link(which, (parted, &taught), options.seed, profile))
        .collect::<anyhow::Result<_>>()?;
    let total = bytes_up + bytes_down;
    Ok(Measured {
        name: which.name(),
        dictionary: match dictionary.as_ref().map_or(0, |dictionary| dictionary.number()) {
            0 => "none",
            SHIPPED_DICTIONARY => "shipped",
            _ => "learned",
        },
        ops_up,
        items_down: crossings.iter().map(|crossed| u64::from(crossed.items)).sum(),
        bytes_up,
        bytes_down,
        total,
        round_trips: crossings.len() as u64,
        floor,
        ratio: (floor.total() > 0).then(|| (total as f64 / floor.total() as f64 * 100.0).round() / 100.0),
        most_by_floor: targets::most_by_floor(floor),
        light_total: lightly::total(&crossings, (packing, dictionary.clone()))?,
        gzip_json: json::gzipped(&exchanged, replica)?,
        parts: Parts::of(&crossings, &exchanged, dictionary.as_deref())?,
        links,
    })
}

/// The same exchange over a link, several times; each run has a grid and a link of its own.
fn on_link(
    which: Which,
    (parted, taught): (&Parted, &[u8]),
    seed: u64,
    profile: &Profile,
) -> anyhow::Result<OnLink> {
    let mut runs: Vec<Travelled> = Vec::new();
    for run in 0..which.runs() {
        let mut scene = which.scene(parted, taught, seed)?;
        let mut link = Link::new(profile.clone(), seed.wrapping_add(run * 7_919), 0);
        let travelled = crossing::over(&mut link, &mut scene.server, &mut scene.phones[1], scene.now_ms)
            .with_context(|| format!("{} on {}", which.name(), profile.name))?;
        runs.push(travelled);
    }
    let median = |value: fn(&Travelled) -> u64| {
        let mut values: Vec<u64> = runs.iter().map(value).collect();
        values.sort_unstable();
        values[values.len() / 2]
    };
    Ok(OnLink {
        link: profile.name,
        runs: which.runs(),
        seconds: (median(|run| run.took_us) / 10_000) as f64 / 100.0,
        connections: median(|run| run.connections),
        bytes_up: median(|run| run.bytes_up),
        bytes_down: median(|run| run.bytes_down),
    })
}
