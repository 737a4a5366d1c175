//! Makes up traces: a county's days in the field, the same for the same seed.

mod areas;
mod centre;
mod counted;
mod county;
mod day;
mod forces;
mod journey;
mod life;
mod matters;
mod notes;
mod script;
mod sparse;
#[cfg(test)]
mod tests;
mod topics;
mod village;
mod words;

pub use areas::{AreaErrors, AreaRow, read_areas};

use super::expect::Expect;
use super::step::{AreaStep, Create, DeviceAct, Enrol, What, WorkerStep};
use super::{AdminAct, Trace};
use county::County;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use script::{Script, at_least, count_of};

/// 2026-03-02, a Monday, 07:00 in China.
const EPOCH_MS: i64 = 1_772_406_000_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// When a day is counted, in minutes from its 07:00: the next morning at 06:00.
const COUNTED_AT_MINUTE: i64 = 23 * 60;

/// What to make up.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Workers, one phone each.
    pub workers: usize,
    /// Days.
    pub days: usize,
    /// The same seed (and areas) gives the same trace.
    pub seed: u64,
    /// One link profile for all phones at all times that they have a link; absent: drawn for each.
    pub link: Option<String>,
    /// Visits of a worker's day, in the mean.
    pub visits_mean: u32,
    /// How likely a worker's day has a report.
    pub report_share: f64,
    /// How likely a worker gets a task on a day.
    pub task_share: f64,
    /// Whether it is a hard week: rules, whistles, escalations, demands, reopenings, grids cut, workers moved.
    pub matters: bool,
    /// How likely a worker's day has one of the other matters of a hard week.
    pub life_share: f64,
    /// Whether phones have a link only on days on which something else than visits passed.
    pub sparse: bool,
}

impl Settings {
    /// A county's ordinary days.
    pub fn ordinary(workers: usize, days: usize, seed: u64) -> Self {
        Settings {
            workers,
            days,
            seed,
            link: None,
            visits_mean: 20,
            report_share: 0.1,
            task_share: 0.2,
            matters: false,
            life_share: 0.4,
            sparse: false,
        }
    }

    /// A league's hard month, in which most phones are dark on most days, and all else than visits is rare.
    pub fn sparse(workers: usize, days: usize, seed: u64) -> Self {
        Settings {
            visits_mean: 2,
            report_share: sparse::REPORT_SHARE,
            task_share: sparse::TASK_SHARE,
            matters: true,
            life_share: sparse::LIFE_SHARE,
            sparse: true,
            ..Settings::ordinary(workers, days, seed)
        }
    }

    /// One grid in so many is cut, and one worker in so many takes on another grid.
    fn reshaped_one_in(&self) -> usize {
        match self.sparse {
            true => sparse::reshaped_one_in(self.workers),
            false => matters::ONE_IN,
        }
    }
}

/// Why no trace could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeError {
    /// Nobody, or no time.
    #[error("a trace needs at least one worker and one day")]
    Nothing,
    /// Beyond the format's century, or any county.
    #[error("at most {days} days and {workers} workers")]
    TooMuch {
        /// Most days.
        days: usize,
        /// Most workers.
        workers: usize,
    },
    /// No grid can be cut.
    #[error("the areas have no village (a code of 12 digits): give a table that reaches down to them")]
    NoVillages,
    /// A village has at most 999 grids.
    #[error("{workers} workers are too many for {villages} villages: give fewer, or more areas")]
    TooManyWorkers {
        /// Workers wanted.
        workers: usize,
        /// Villages there are.
        villages: usize,
    },
}

const DAYS_MAX: usize = 366;
const WORKERS_MAX: usize = 100_000;

/// Makes up ordinary days of a county.
///
/// # Errors
/// When the areas or numbers do not allow it.
pub fn make(areas: &[AreaRow], workers: usize, days: usize, seed: u64) -> Result<Trace, MakeError> {
    make_with(areas, &Settings::ordinary(workers, days, seed))
}

/// Makes up days of a county.
///
/// # Errors
/// When the areas or numbers do not allow it.
pub fn make_with(areas: &[AreaRow], settings: &Settings) -> Result<Trace, MakeError> {
    if settings.workers == 0 || settings.days == 0 {
        return Err(MakeError::Nothing);
    }
    if settings.days > DAYS_MAX || settings.workers > WORKERS_MAX {
        return Err(MakeError::TooMuch {
            days: DAYS_MAX,
            workers: WORKERS_MAX,
        });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let county = county::cut(areas, settings, &mut rng)?;
    let homes: Vec<String> = (0..settings.workers)
        .map(|_| journey::home_link(settings, &mut rng))
        .collect();
    let mut script = Script::default();
    set_up(&mut script, &county, &homes, &mut rng);
    if settings.matters {
        matters::rules(&mut script, settings.workers);
        life::cares(&mut script, &county);
        forces::written_down(&mut script, &county);
    }
    let mut visits = 0;
    let mut open_reports = Vec::new();
    for day in 0..settings.days {
        let mut centre_rng = stream(settings.seed, day, 0);
        let start_ms = day as i64 * DAY_MS;
        centre::follow_up(&mut script, &county, start_ms, &open_reports, &mut centre_rng);
        centre::tasks(&mut script, &county, settings, day, &mut centre_rng);
        if settings.matters {
            let mut rng = stream(settings.seed, day, settings.workers * 2 + county.grids.len() + 1);
            matters::befall(&mut script, &county, start_ms, &open_reports, &mut rng);
            matters::reshape(
                &mut script,
                &county,
                (day, settings.days),
                settings.reshaped_one_in(),
            );
            village::befall(&mut script, &county, day, &mut rng);
            forces::on_duty(&mut script, &county, day);
        }
        open_reports.clear();
        for (worker, home) in homes.iter().enumerate() {
            let mut rng = stream(settings.seed, day, worker + 1);
            if !settings.sparse {
                journey::write(&mut script, settings, worker, home, start_ms, &mut rng);
            }
            let done = day::write(&mut script, &county, settings, worker, day, &mut rng);
            visits += done.visits;
            open_reports.extend(done.open_reports);
            if settings.matters {
                let number = settings.workers * 2 + county.grids.len() + 2 + worker;
                let mut rng = stream(settings.seed, day, number);
                visits += life::befall(&mut script, &county, settings, (day, worker), &mut rng);
            }
        }
        for (grid, shared) in county
            .grids
            .iter()
            .enumerate()
            .filter(|(_, grid)| grid.is_shared())
        {
            let mut rng = stream(settings.seed, day, settings.workers + 1 + grid);
            day::both_edit(&mut script, shared, start_ms, &mut rng);
        }
        if !settings.sparse {
            let counted_ms = start_ms + COUNTED_AT_MINUTE * MINUTE_MS;
            script.expect(counted_ms, count_of("visit", visits));
        }
    }
    if settings.matters {
        counted::spread(&mut script, &county, settings.days);
    }
    if settings.sparse {
        sparse::thin(&mut script, settings, &homes);
    }
    finish(&mut script, settings);
    let name = format!(
        "{}-{}w-{}d-seed{}",
        if settings.sparse { "month" } else { "county" },
        settings.workers,
        settings.days,
        settings.seed
    );
    Ok(script.into_trace(name))
}

/// A source of chance of its own for each worker's day, so that one change does not shift all that follows.
fn stream(seed: u64, day: usize, number: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((day as u64 + 1) << 32) | number as u64);
    rng
}

/// The trace's names of a worker and their phone.
fn worker_ref(worker: usize) -> String {
    format!("w{}", worker + 1)
}

fn device_ref(worker: usize) -> String {
    format!("d{}", worker + 1)
}

fn set_up(script: &mut Script, county: &County, homes: &[String], rng: &mut ChaCha8Rng) {
    let grids = county.grids.iter().map(|grid| AreaStep {
        code: grid.code.clone(),
        name: grid.name.clone(),
        level: "grid".into(),
    });
    for area in county.upper_areas.iter().cloned().chain(grids) {
        script.push(0, What::Area(area));
    }
    for (worker, grid) in county.grid_of_worker.iter().enumerate() {
        let grid = &county.grids[*grid];
        let place = grid
            .workers
            .iter()
            .position(|other| *other == worker)
            .unwrap_or(0);
        let name = format!("{}员{}", grid.name, ["甲", "乙"][place % 2]);
        script.push(
            0,
            What::Worker(WorkerStep {
                worker: worker_ref(worker),
                name,
                areas: vec![grid.code.clone()],
            }),
        );
    }
    for (worker, home) in homes.iter().enumerate() {
        let link = Some(home.clone().into());
        script.push(
            0,
            What::Enrol(Enrol {
                device: device_ref(worker),
                worker: worker_ref(worker),
                link,
            }),
        );
    }
    for grid in &county.grids {
        let (last, others) = grid.recorded.split_last().unzip();
        for number in others.into_iter().flatten() {
            let create = household(grid, *number, rng);
            script.push(0, What::Admin(AdminAct::Create(create)));
        }
        // One household in each grid is new to the centre: a worker registers it on the first morning.
        if let (Some(number), Some(worker)) = (last, grid.workers.first()) {
            let at_ms = rng.random_range(40 * MINUTE_MS..55 * MINUTE_MS);
            script.device(at_ms, *worker, DeviceAct::Create(household(grid, *number, rng)));
        }
    }
}

fn household(grid: &county::Grid, number: u32, rng: &mut ChaCha8Rng) -> Create {
    Create {
        record: grid.household_ref(number),
        kind: "household".into(),
        area: Some(grid.code.clone()),
        fields: county::household_fields(grid, number, rng),
    }
}

fn finish(script: &mut Script, settings: &Settings) {
    let at_ms = (settings.days as i64 - 1) * DAY_MS + COUNTED_AT_MINUTE * MINUTE_MS;
    // Of a league's month the replay itself holds what was created against what the server has.
    let kinds: &[&str] = match settings.sparse {
        true => &[],
        false => &["household", "report", "task"],
    };
    for kind in kinds {
        let made = script.created(kind);
        // In a hard week the rules make one of each report, and others where somebody has to look.
        script.expect(
            at_ms,
            match *kind {
                "task" if settings.matters => at_least(kind, made + script.created("report")),
                _ => count_of(kind, made),
            },
        );
    }
    script.expect(at_ms, Expect::Quarantined(0));
    script.expect(at_ms, Expect::Parked(0));
    if !settings.matters {
        script.expect(at_ms, Expect::Converged(true));
    }
}
