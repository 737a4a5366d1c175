//! Replaying a trace in virtual time.

use super::station::{Fault, Station};
use super::{Due, World};
use crate::check::{Checked, Written};
use crate::device::{Phone, PhoneClock, PhoneStorage};
use crate::in_process::{LocalCentre, LocalServer};
use crate::link::recorded::RecordedLink;
use crate::link::{Link, Profile};
use crate::replay::conclusion::{Notes, conclude};
use crate::replay::report::Report;
use crate::replay::{acts, centre::Centre, expect};
use crate::trace::{DeviceAct, Enrol, LinkChange, ServerAct, Step, Trace, What};
use anyhow::{Context, bail};
use otor_protocol::ids::RecordId;
use otor_protocol::keys::Secret;
use otor_protocol::wire::{EnrolRequest, PROTOCOL_VERSION};
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
}

impl Default for Options {
    fn default() -> Self {
        Options {
            seed: 1,
            grace_ms: 24 * 3_600_000,
            recording: None,
            trims: false,
        }
    }
}

/// Replays a trace against a server in this process.
///
/// # Errors
/// If the server does not start, or a step cannot be carried out at all.
pub fn replay(trace: &Trace, options: &Options) -> anyhow::Result<Report> {
    play(trace, options, World::new(trace.epoch_ms, options.seed))?.finish(trace)
}

/// Replays a trace without packing, and gives the batches that crossed.
///
/// # Errors
/// As [`replay`].
pub fn batches(trace: &Trace, options: &Options) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut world = World::new(trace.epoch_ms, options.seed);
    world.server.keep_batches();
    Ok(play(trace, options, world)?.world.server.take_batches())
}

fn play(trace: &Trace, options: &Options, world: World) -> anyhow::Result<Run> {
    let mut run = Run {
        world,
        written: Written::new(),
        others: BTreeSet::new(),
        failures: Vec::new(),
        recording: options.recording.clone(),
    };
    let now_ms = run.world.now_ms();
    run.world.server.start(now_ms)?;
    if options.trims {
        run.world.server.trim_at_random();
    }
    for (index, step) in trace.steps.iter().enumerate() {
        // Times of steps are not negative: the parser sees to it.
        run.world.note(step.at_ms.max(0) as u64 * 1_000, Due::Step(index));
    }
    let end_us = trace
        .steps
        .last()
        .map_or(0, |step| step.at_ms.max(0) as u64 * 1_000);
    while let Some(due) = run.world.next_due() {
        if run.world.now_us > end_us + options.grace_ms * 1_000 {
            break;
        }
        match due {
            Due::Step(index) => run.step(&trace.steps[index]),
            Due::Connection(device, number) => run.world.on_connection(&device, number),
            Due::Retry(device, number) => run.world.on_retry(&device, number),
        }
    }
    Ok(run)
}

struct Run {
    world: World,
    written: Written,
    others: BTreeSet<RecordId>,
    failures: Vec<String>,
    recording: Option<RecordedLink>,
}

impl Run {
    fn step(&mut self, step: &Step) {
        // A phone may have found itself a copy since the last step, and renumbered what the trace calls by name.
        self.note_written();
        self.world.look_at_server();
        if let Err(error) = self.carry_out(step) {
            self.failures.push(format!("line {}: {error:#}", step.line));
        }
        self.note_written();
        self.world.look_after(&step.what);
    }

    fn carry_out(&mut self, step: &Step) -> anyhow::Result<()> {
        match &step.what {
            What::Area(area) => self.centre().area(&area.code, &area.name, &area.level),
            What::Worker(worker) => {
                self.centre()
                    .worker(&worker.worker, &worker.name, &worker.areas)?;
                self.world.book.note_worker(&worker.worker, &worker.areas);
                let persons = self.centre().persons()?;
                self.world.book.note_persons(persons);
                Ok(())
            }
            What::Enrol(enrol) => self.enrol(enrol),
            What::Device { device, act } => self.device_act(device, act),
            What::Admin(act) => {
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
                let before: BTreeSet<RecordId> = book.records().collect();
                acts::at_centre(book, &mut centre, act, number)?;
                self.others
                    .extend(book.records().filter(|id| !before.contains(id)));
                Ok(())
            }
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
                expect::check(expected, book, &mut LocalCentre { server, now_ms }, &phones)
            }
        }
    }

    fn centre(&mut self) -> LocalCentre<'_> {
        let now_ms = self.world.now_ms();
        LocalCentre {
            server: &mut self.world.server,
            now_ms,
        }
    }

    fn note_written(&mut self) {
        for (name, station) in &self.world.stations {
            if let Some(replica) = station.phone.replica() {
                for renumbered in self.written.note(name, replica) {
                    self.world.book.renumber(&renumbered);
                }
            }
        }
    }

    fn enrol(&mut self, step: &Enrol) -> anyhow::Result<()> {
        let (now_us, now_ms, seed) = (self.world.now_us, self.world.now_ms(), self.world.seed);
        let mut phone = Phone::new(&step.device, &step.worker, PhoneClock::booted_at(now_ms), seed);
        let seed_of_phone = phone.fresh_secret();
        let secret = Secret::new(seed_of_phone);
        let code = self.centre().invite(&step.worker)?;
        let keys = secret.public();
        let proof = secret.sign(&EnrolRequest::signed_bytes(&code, &keys)).to_vec();
        let request = EnrolRequest {
            protocol: PROTOCOL_VERSION,
            code,
            keys,
            proof,
        };
        let reply = self.world.server.enrol(now_ms, &request)?;
        phone.enrol(seed_of_phone, reply)?;
        let recording = self.recording.as_ref();
        let (usual, up) = match &step.link {
            None | Some(LinkChange::Up) => (profile("ideal", recording)?, true),
            Some(LinkChange::Down) => (profile("ideal", recording)?, false),
            Some(LinkChange::Profile(name)) => (profile(name, recording)?, true),
        };
        let first = if up {
            usual.clone()
        } else {
            profile("down", recording)?
        };
        // Each phone's link has a stream of its own.
        let link_seed = u64::from_le_bytes(std::array::from_fn(|place| seed_of_phone[place])) ^ seed;
        let station = Station::new(phone, Link::new(first, link_seed, now_us), usual);
        self.world.stations.insert(step.device.clone(), station);
        Ok(())
    }

    fn device_act(&mut self, device: &str, act: &DeviceAct) -> anyhow::Result<()> {
        let (now_us, now_ms) = (self.world.now_us, self.world.now_ms());
        if let DeviceAct::Clone(of) = act {
            return self.clone_phone(device, of);
        }
        if let DeviceAct::Sync(sync) = act {
            let fault = Fault {
                cut_after_bytes: sync.cut_after_bytes,
                cut_reply: sync.cut_reply,
            };
            self.world.begin_sync(device, sync.until_done, fault);
            return Ok(());
        }
        if matches!(
            act,
            DeviceAct::Restart | DeviceAct::Crash | DeviceAct::Reboot | DeviceAct::Restore(_)
        ) {
            self.world.drop_attempt(device);
        }
        let recording = self.recording.as_ref();
        let World { stations, book, .. } = &mut self.world;
        let station = stations
            .get_mut(device)
            .with_context(|| format!("{device} is not enrolled"))?;
        match act {
            DeviceAct::Create(step) => {
                let worker = station.phone.worker.clone();
                let (replica, clock) = station.phone.desk(now_ms)?;
                acts::create_on_phone(book, replica, clock, &worker, step)?;
            }
            DeviceAct::Edit(step) => {
                let (replica, clock) = station.phone.desk(now_ms)?;
                acts::edit_on_phone(book, replica, clock, step)?;
            }
            DeviceAct::Event(step) => {
                let (replica, clock) = station.phone.desk(now_ms)?;
                acts::event_on_phone(book, replica, clock, step)?;
            }
            DeviceAct::Link(change) => {
                let next = match change {
                    LinkChange::Down => profile("down", recording)?,
                    LinkChange::Up => station.usual.clone(),
                    LinkChange::Profile(name) => {
                        station.usual = profile(name, recording)?;
                        station.usual.clone()
                    }
                };
                station.link.set_profile(next, now_us);
            }
            DeviceAct::Clock(clock) => station.phone.clock.offset_ms = clock.offset_ms,
            DeviceAct::Restart => station.phone.restart()?,
            DeviceAct::Crash => {
                station.phone.crash();
                station.phone.start()?;
            }
            DeviceAct::Reboot => station.phone.reboot(now_ms)?,
            DeviceAct::Snapshot(name) => {
                let snapshot = station.phone.snapshot().context("nothing to back up")?;
                station.snapshots.insert(name.clone(), snapshot);
            }
            DeviceAct::Restore(name) => {
                let snapshot = station
                    .snapshots
                    .get(name)
                    .with_context(|| format!("no backup {name}"))?;
                station.phone.restore(snapshot)?;
                self.phone_restored(device)?;
            }
            DeviceAct::Sync(_) | DeviceAct::Clone(_) => bail!("syncs and clones begin elsewhere"),
        }
        Ok(())
    }

    /// What only the phone had is lost with it; what the server has stays.
    fn phone_restored(&mut self, device: &str) -> anyhow::Result<()> {
        let was_running = self.world.server.is_running();
        if !was_running {
            let now_ms = self.world.now_ms();
            self.world.server.start(now_ms)?;
        }
        let reader = self.world.server.reader()?;
        let station = self.world.stations.get(device);
        if let Some(replica) = station.and_then(|station| station.phone.replica()) {
            let at_server = |dot, op: &[u8]| LocalServer::holds(&reader, dot, op);
            let lost = self.written.phone_restored(device, replica, at_server);
            self.world.book.forget(&lost);
        }
        if !was_running {
            self.world.server.kill();
        }
        Ok(())
    }

    /// A phone that was not there before, as another one is now: its storage, its clock and an ideal link.
    fn clone_phone(&mut self, device: &str, of: &str) -> anyhow::Result<()> {
        let (now_us, seed) = (self.world.now_us, self.world.seed);
        let original = self.world.stations.get_mut(of);
        let original = original.with_context(|| format!("{of} is not enrolled"))?;
        let phone = original.phone.cloned_as(device, seed)?;
        let usual = profile("ideal", self.recording.as_ref())?;
        let link = Link::new(usual.clone(), seed ^ self.world.stations.len() as u64, now_us);
        let station = Station::new(phone, link, usual);
        self.world.stations.insert(device.to_string(), station);
        Ok(())
    }

    fn server_act(&mut self, act: ServerAct) -> anyhow::Result<()> {
        match act {
            ServerAct::Kill => self.world.server.kill(),
            ServerAct::PowerCut => self.world.server.power_cut(),
            ServerAct::Start => {
                let now_ms = self.world.now_ms();
                self.world.server.start(now_ms)?;
            }
            ServerAct::Backup => self.world.server.back_up(),
            ServerAct::Restore => self.restore_server(true)?,
            ServerAct::RestoreUntold => self.restore_server(false)?,
        }
        Ok(())
    }

    fn restore_server(&mut self, told: bool) -> anyhow::Result<()> {
        let now_ms = self.world.now_ms();
        for device in self.world.stations.keys().cloned().collect::<Vec<_>>() {
            self.world.drop_attempt(&device);
        }
        self.world.server.restore(now_ms, told)?;
        self.world.watch.server_restored();
        let reader = self.world.server.reader()?;
        self.written
            .server_restored(|dot, op| LocalServer::holds(&reader, dot, op));
        Ok(())
    }

    fn finish(mut self, trace: &Trace) -> anyhow::Result<Report> {
        self.note_written();
        let now_ms = self.world.now_ms();
        self.world.server.start(now_ms)?;
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
        };
        let traffic = stations
            .values()
            .map(|station| (station.phone.name.clone(), station.phone.statistics));
        conclude(&notes, &mut LocalCentre { server, now_ms }, &phones, traffic)
    }
}

fn profile(name: &str, recording: Option<&RecordedLink>) -> anyhow::Result<Profile> {
    let named = Profile::by_name(name).with_context(|| format!("there is no link profile {name:?}"))?;
    Ok(match recording {
        Some(recording) if name != "down" => named.without_outages().with_recording(recording.clone()),
        _ => named,
    })
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
