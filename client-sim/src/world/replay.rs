//! Replaying a trace in virtual time.

use super::office::Office;
use super::station::Station;
use super::steps::Steps;
use super::{Due, World};
use crate::check::{Checked, Written};
use crate::device::PhoneStorage;
use crate::in_process::{LocalBody, LocalCentre};
use crate::link::recorded::RecordedLink;
use crate::replay::conclusion::{Notes, conclude};
use crate::replay::pulls::Pulls;
use crate::replay::report::Report;
use crate::replay::{acts, centre::Centre, expect};
use crate::trace::{AdminAct, Step, Trace, What};
use otor_protocol::ids::RecordId;
use std::collections::BTreeSet;

/// How a trace is replayed.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed of everything that is drawn.
    pub seed: u64,
    /// Virtual time after the last step in which running syncs may end, milliseconds.
    pub grace_ms: u64,
    /// A recorded link, which every phone has in place of its profile when it has a link at all.
    pub recording: Option<RecordedLink>,
    /// Whether the server trims its feeds at random, far sooner than it ever should.
    pub trims: bool,
    /// Whether the report has a log of everything that happened.
    pub log: bool,
    /// Whether the server's statistics are held against the model's.
    pub statistics: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            seed: 1,
            grace_ms: 24 * 3_600_000,
            recording: None,
            trims: false,
            log: false,
            statistics: false,
        }
    }
}

/// Replays a trace against a server in this process.
///
/// # Errors
/// If the server does not start, or a step cannot be carried out at all.
pub fn replay(trace: &Trace, options: &Options) -> anyhow::Result<Report> {
    play(
        Steps::kept(trace),
        options,
        World::new(trace.epoch_ms, options.seed),
    )?
    .finish(trace)
}

/// Replays a trace without packing, and gives the batches that crossed.
///
/// # Errors
/// As [`replay`].
pub fn batches(trace: &Trace, options: &Options) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut world = World::new(trace.epoch_ms, options.seed);
    world.server.keep_batches();
    Ok(play(Steps::kept(trace), options, world)?
        .world
        .server
        .take_batches())
}

/// Replays a trace: what the server's journal holds then, entry by entry, before it is packed.
///
/// # Errors
/// If it cannot be replayed.
pub fn entries(trace: &Trace, options: &Options) -> anyhow::Result<Vec<Vec<u8>>> {
    let world = World::new(trace.epoch_ms, options.seed);
    play(Steps::kept(trace), options, world)?
        .world
        .server
        .plain_entries()
}

/// Most things that happen for each step of a trace, and before the first: far more than in any that ends.
const EVENTS_A_STEP_MAX: u64 = 300;
const EVENTS_MAX: u64 = 200_000;

pub(super) fn play(mut steps: Steps, options: &Options, world: World) -> anyhow::Result<Run> {
    let mut run = Run {
        world,
        written: Written::new(),
        others: BTreeSet::new(),
        office: Office::default(),
        pulls: Pulls::default(),
        failures: Vec::new(),
        found: BTreeSet::new(),
        persons_stale: false,
        recording: options.recording.clone(),
    };
    run.world.log = options.log.then(String::new);
    let now_ms = run.world.now_ms();
    run.world.server.start(now_ms)?;
    if options.statistics {
        run.world.server.tell_statistics();
    }
    if options.trims {
        run.world.server.trim_at_random();
    }
    let times = steps.times();
    for (index, at_ms) in times.iter().enumerate() {
        // Times of steps are not negative: the parser sees to it.
        run.world.note((*at_ms).max(0) as u64 * 1_000, Due::Step(index));
    }
    let end_us = times.last().map_or(0, |at_ms| (*at_ms).max(0) as u64 * 1_000);
    let most = EVENTS_MAX + EVENTS_A_STEP_MAX * times.len() as u64;
    for events in 0u64.. {
        // Phones that synchronise again and again without end would hold the time up for ever.
        if events > most {
            run.failures.push("the run does not come to its end".to_owned());
            break;
        }
        run.world.pass_deadlines();
        let Some(due) = run.world.next_due() else { break };
        if run.world.now_us > end_us + options.grace_ms * 1_000 {
            break;
        }
        match due {
            Due::Step(index) => steps.take(index).iter().for_each(|step| run.step(step)),
            Due::Connection(device, number) => {
                run.world.on_connection(&device, number);
                run.world.let_go(&device);
            }
            Due::Retry(device, number) => run.world.on_retry(&device, number),
            Due::Stray(number) => run.world.on_stray(number),
        }
        run.world.wake_waiting();
    }
    Ok(run)
}

/// A replay under way.
pub(super) struct Run {
    pub world: World,
    pub written: Written,
    pub others: BTreeSet<RecordId>,
    pub office: Office,
    pub pulls: Pulls<LocalBody>,
    pub failures: Vec<String>,
    /// The names of records that rules made and that were found.
    pub found: BTreeSet<String>,
    /// Workers were added whose numbers are not known yet.
    persons_stale: bool,
    pub recording: Option<RecordedLink>,
}

impl Run {
    fn step(&mut self, step: &Step) {
        // A phone may have found itself a copy since the last step, and renumbered what the trace calls by name.
        self.note_written();
        self.world.look_at_server();
        let carried_out = self.carry_out(step);
        let done = carried_out.is_ok();
        self.tell_step(step, carried_out.as_ref().err());
        if let Err(error) = carried_out {
            if !step.if_possible {
                self.failures.push(format!("line {}: {error:#}", step.line));
            }
        } else if let What::Admin(act) = &step.what {
            self.world.coverage.hit(name_of(act));
            match act {
                AdminAct::Find(find) => drop(self.found.insert(find.record.clone())),
                act if act.record().is_some_and(|record| self.found.contains(record)) => {
                    self.world.coverage.hit("found.centre_acted");
                }
                _ => {}
            }
        }
        // What it wrote is noted under its first number, before an exchange can give it another.
        if let What::Device { device, .. } = &step.what {
            self.world.touched.insert(device.clone());
        }
        self.note_written();
        self.world.look_after(&step.what, done);
    }

    fn tell_step(&mut self, step: &Step, error: Option<&anyhow::Error>) {
        self.world.tell(|| match error {
            None => format!("line {} {:?}", step.line, step.what),
            Some(error) => format!("line {} {:?}: {error:#}", step.line, step.what),
        });
    }

    fn carry_out(&mut self, step: &Step) -> anyhow::Result<()> {
        // A server that died over the last of them is asked when it runs again.
        let can_tell = self.world.server.is_running() && !matches!(step.what, What::Worker(_));
        if self.persons_stale && can_tell {
            let persons = self.centre().persons()?;
            self.world.book.note_persons(persons);
            self.persons_stale = false;
        }
        match &step.what {
            What::Area(area) => self.centre().area(&area.code, &area.name, &area.level),
            What::Worker(worker) => {
                self.centre()
                    .worker(&worker.worker, &worker.name, &worker.areas)?;
                self.world.book.note_worker(&worker.worker, &worker.areas);
                self.persons_stale = true;
                Ok(())
            }
            What::Enrol(enrol) => self.enrol(enrol),
            What::Device { device, act } => self.device_act(device, act),
            What::Admin(AdminAct::Pull(asked)) => self.pull(asked),
            What::Admin(act) if act.is_of_an_office() => self.in_office(act),
            What::Admin(act) => self.at_centre(act),
            What::Server(act) => self.server_act(*act),
            What::Expect(expected) => {
                let now_ms = self.world.now_ms();
                let World {
                    server,
                    stations,
                    book,
                    ..
                } = &mut self.world;
                let phones = checked(stations.values());
                expect::check(
                    expected,
                    book,
                    &mut LocalCentre { server, now_ms },
                    &phones,
                    now_ms,
                )
            }
        }
    }

    fn at_centre(&mut self, act: &AdminAct) -> anyhow::Result<()> {
        let now_ms = self.world.now_ms();
        let World {
            server,
            stations,
            book,
            ..
        } = &mut self.world;
        let number = |device: &str| {
            let replica = stations.get(device)?.phone.replica()?;
            Some(replica.identity().certificate.device)
        };
        let mut centre = LocalCentre { server, now_ms };
        let before = book.made_so_far();
        acts::at_centre(book, &mut centre, act, number)?;
        self.others.extend(book.made_since(before));
        Ok(())
    }

    pub fn centre(&mut self) -> LocalCentre<'_> {
        let now_ms = self.world.now_ms();
        LocalCentre {
            server: &mut self.world.server,
            now_ms,
        }
    }

    fn note_written(&mut self) {
        if self.world.unwatched {
            return;
        }
        for name in std::mem::take(&mut self.world.touched) {
            let station = self.world.stations.get(&name);
            if let Some(replica) = station.and_then(|station| station.phone.replica()) {
                for renumbered in self.written.note(&name, replica) {
                    self.world.book.renumber(&renumbered);
                }
            }
        }
    }

    fn finish(mut self, trace: &Trace) -> anyhow::Result<Report> {
        self.world.touched = self.world.stations.keys().cloned().collect();
        self.note_written();
        let now_ms = self.world.now_ms();
        self.world.server.start(now_ms)?;
        self.world.count_verdicts()?;
        self.failures.extend_from_slice(self.world.server.unexplained());
        let rows = self.centre().rows()?;
        self.failures
            .extend(self.office.broken(&self.world.server, &rows)?);
        let pulled = self.conclude_pulls(&rows)?;
        self.count_dictionaries();
        let World {
            server,
            stations,
            book,
            seed,
            watch,
            ..
        } = &mut self.world;
        let phones = checked(stations.values());
        let notes = Notes {
            trace: &trace.name,
            seed: *seed,
            failures: &self.failures,
            written: &self.written,
            others: &self.others,
            book,
            watch: Some(watch),
            pulled: &pulled,
        };
        let traffic = stations
            .values()
            .map(|station| (station.phone.name.clone(), station.phone.statistics));
        let mut report = conclude(&notes, &mut LocalCentre { server, now_ms }, &phones, traffic)?;
        report.coverage.absorb(&self.world.coverage);
        report.log = self.world.log.take();
        Ok(report)
    }
}

fn checked<'a>(stations: impl Iterator<Item = &'a Station>) -> Vec<Checked<'a, PhoneStorage>> {
    stations
        .filter_map(|station| {
            Some(Checked {
                name: &station.phone.name,
                worker: &station.phone.worker,
                replica: station.phone.replica()?,
            })
        })
        .collect()
}

/// What an administrator's act is called in the coverage.
fn name_of(act: &AdminAct) -> &'static str {
    match act {
        AdminAct::Create(_) => "centre.create",
        AdminAct::Edit(_) => "centre.edit",
        AdminAct::Event(_) => "centre.event",
        AdminAct::Assign(_) => "centre.assign",
        AdminAct::MoveWorker(_) => "centre.move_worker",
        AdminAct::Relocate(_) => "centre.relocate",
        AdminAct::SplitArea(_) => "centre.split_area",
        AdminAct::MergeAreas(_) => "centre.merge_areas",
        AdminAct::MoveArea(_) => "centre.move_area",
        AdminAct::RetireArea(_) => "centre.retire_area",
        AdminAct::Revoke(_) => "centre.revoke",
        AdminAct::Release(_) => "centre.release",
        AdminAct::Erase(_) => "centre.erase",
        AdminAct::Rules(_) => "centre.rules",
        AdminAct::Supply(_) => "centre.supply",
        AdminAct::Muster(_) => "centre.muster",
        AdminAct::Find(_) => "centre.find",
        AdminAct::Account(_) => "centre.account",
        AdminAct::CloseAccount(_) => "centre.close_account",
        AdminAct::By(_) => "centre.by_account",
        AdminAct::Import(_) => "centre.import",
        AdminAct::Pull(_) => "centre.pull",
    }
}
