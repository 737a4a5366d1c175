//! The steps of a trace against a real server.

use super::judging::{checked, held};
use super::runner::{Runner, first_link};
use super::station::{Station, profile};
use crate::device::{AckListener, Phone, PhoneClock};
use crate::link::Link;
use crate::replay::centre::Centre;
use crate::replay::{acts, expect};
use crate::trace::{AdminAct, AreaStep, DeviceAct, Enrol, ServerAct, Step, What, WorkerStep};
use crate::transport::{Route, SharedLink, enrol};
use anyhow::{Context, bail};
use otor_protocol::ids::Dot;
use std::sync::Arc;

/// How long, in virtual time, a step waits for running synchronisations: longer than any link stays away.
const WAIT_MS: u64 = 24 * 3_600_000;

impl Runner {
    /// Carries out the next steps, at least one, each at its time; how many. A step that fails is noted.
    pub fn next_steps(&mut self, steps: &[Step]) -> usize {
        let Some(first) = steps.first() else { return 0 };
        let due_us = self.timeline.due_us(first.at_ms);
        self.come_to(due_us);
        if self.options.waits_for_syncs && self.server_runs() {
            if waits(&first.what) {
                self.wait_for_syncs(WAIT_MS);
            }
            self.keep_order(due_us);
            self.timeline.stood_still_since(due_us);
        }
        if let Err(error) = self.time_passes_to(first.at_ms) {
            self.failures.push(format!("line {}: {error:#}", first.line));
        }
        let alike = steps.iter().take_while(|step| alike(step, first)).count();
        let done = if alike > 1 && self.all_at_once(&steps[..alike]).is_ok() {
            alike
        } else {
            if let Err(error) = self.carry_out(&first.what)
                && !first.if_possible
            {
                self.failures.push(format!("line {}: {error:#}", first.line));
            }
            1
        };
        if !matches!(first.what, What::Device { .. }) {
            self.timeline.stood_still_since(self.timeline.due_us(first.at_ms));
        }
        done
    }

    /// Does what a step says, now.
    ///
    /// # Errors
    /// If it makes no sense, is declined, or is not as expected.
    pub fn carry_out(&mut self, what: &What) -> anyhow::Result<()> {
        self.note_written();
        match what {
            What::Area(area) => {
                self.expect_server()?;
                self.centre.area(&area.code, &area.name, &area.level)
            }
            What::Worker(worker) => self.add_workers(&[worker]),
            What::Enrol(step) => self.enrol(step),
            What::Device { device, act } => self.device_act(device, act),
            What::Admin(act) => self.admin_act(act),
            What::Server(act) => self.server_act(*act),
            What::Expect(expected) => {
                self.expect_server()?;
                let phones = held(&self.stations);
                let now_ms = self.timeline.pace().wall_ms();
                expect::check(expected, &self.book, &mut self.centre, &checked(&phones), now_ms)
            }
        }
    }

    /// Areas and workers that come together go over together.
    fn all_at_once(&mut self, steps: &[Step]) -> anyhow::Result<()> {
        let areas: Vec<&AreaStep> = steps.iter().filter_map(|step| step.what.area()).collect();
        let workers: Vec<&WorkerStep> = steps.iter().filter_map(|step| step.what.worker()).collect();
        if !areas.is_empty() {
            self.expect_server()?;
            self.centre.areas(areas)?;
        }
        if !workers.is_empty() {
            self.add_workers(&workers)?;
        }
        Ok(())
    }

    fn add_workers(&mut self, workers: &[&WorkerStep]) -> anyhow::Result<()> {
        self.expect_server()?;
        self.centre.workers(workers.iter().copied())?;
        for worker in workers {
            self.book.note_worker(&worker.worker, &worker.areas);
        }
        self.book.note_persons(self.centre.persons()?);
        Ok(())
    }

    /// A step of the trace finds the server as the trace left it: one that it killed is not waited for.
    fn expect_server(&self) -> anyhow::Result<()> {
        if self.server_runs() {
            Ok(())
        } else {
            bail!("the server is not running")
        }
    }

    fn enrol(&mut self, step: &Enrol) -> anyhow::Result<()> {
        self.expect_server()?;
        let pace = self.timeline.pace().clone();
        let clock = PhoneClock::booted_at(pace.wall_ms());
        let mut phone = Phone::new(&step.device, &step.worker, clock, self.options.seed);
        let code = self.centre.invite(&step.worker)?;
        let secret = phone.fresh_secret();
        let enrolment = self.runtime.block_on(enrol(&self.target, &code, secret))?;
        phone.server_pin = enrolment.server_pin;
        phone.enrol(secret, enrolment.reply)?;
        let listener = self.ack_log.clone();
        phone.ack_listener = listener.map(|log| -> Arc<dyn AckListener> { log });
        let (usual, is_dark) = first_link(step.link.as_ref())?;
        let first = if is_dark { profile("down")? } else { usual.clone() };
        // Each phone's link has a stream of its own.
        let link_seed = u64::from_le_bytes(std::array::from_fn(|place| secret[place])) ^ self.options.seed;
        let link = SharedLink::new(Link::new(first, link_seed, pace.now_us()));
        let route = Route {
            target: self.target.clone(),
            link,
            pace,
        };
        self.stations
            .insert(step.device.clone(), Station::new(phone, route, usual, is_dark));
        Ok(())
    }

    fn admin_act(&mut self, act: &AdminAct) -> anyhow::Result<()> {
        self.expect_server()?;
        if let AdminAct::Pull(asked) = act {
            return self.pull(asked);
        }
        let stations = &self.stations;
        let number = |device: &str| {
            let phone = stations.get(device)?.phone();
            Some(phone.replica()?.identity().certificate.device)
        };
        let before = self.book.made_so_far();
        acts::at_centre(&mut self.book, &mut self.centre, act, number)?;
        self.others.extend(self.book.made_since(before));
        Ok(())
    }

    fn server_act(&mut self, act: ServerAct) -> anyhow::Result<()> {
        match act {
            ServerAct::Kill => self.kill_server(),
            ServerAct::Start => self.start_server(),
            ServerAct::Backup => self.back_up_server(),
            ServerAct::Restore => self.restore_server(),
            _ => bail!("this is for a server in the simulator's process only"),
        }
    }

    /// A phone that was not there before, as another one is now: its storage, its clock and an ideal link.
    fn clone_phone(&mut self, device: &str, of: &str) -> anyhow::Result<()> {
        let original = self.stations.get(of);
        let original = original.with_context(|| format!("{of} is not enrolled"))?;
        let phone = original.phone().cloned_as(device, self.options.seed)?;
        let (usual, is_dark) = first_link(None)?;
        let pace = self.timeline.pace().clone();
        let link_seed = self.options.seed ^ self.stations.len() as u64;
        let link = SharedLink::new(Link::new(usual.clone(), link_seed, pace.now_us()));
        let route = Route {
            target: self.target.clone(),
            link,
            pace,
        };
        let station = Station::new(phone, route, usual, is_dark);
        self.stations.insert(device.to_string(), station);
        Ok(())
    }

    /// Phones may have found themselves copies, and renumbered what the trace calls by name.
    pub(super) fn note_written(&mut self) {
        for (name, station) in &self.stations {
            if let Some(replica) = station.phone().replica() {
                for renumbered in self.written.note(name, replica) {
                    self.book.renumber(&renumbered);
                }
            }
        }
    }

    fn device_act(&mut self, device: &str, act: &DeviceAct) -> anyhow::Result<()> {
        if let DeviceAct::Clone(of) = act {
            return self.clone_phone(device, of);
        }
        let runtime = self.runtime.handle().clone();
        let now_ms = self.timeline.pace().wall_ms();
        let station = self
            .stations
            .get_mut(device)
            .with_context(|| format!("{device} is not enrolled"))?;
        let (restarts, reboots) = (DeviceAct::Restart, DeviceAct::Reboot);
        if *act == restarts || *act == reboots || matches!(act, DeviceAct::Crash | DeviceAct::Restore(_)) {
            station.drop_sync(&runtime);
        }
        match act {
            DeviceAct::Sync(sync) => station.begin_sync(&runtime, *sync),
            DeviceAct::Link(change) => station.set_link(change)?,
            DeviceAct::Restore(name) => {
                let snapshot = station
                    .snapshots
                    .get(name)
                    .with_context(|| format!("no backup {name}"))?;
                station.phone().restore(snapshot)?;
                let through = self.centre.through()?;
                if let Some(replica) = station.phone().replica() {
                    let held = |dot: Dot, _: &[u8]| through.get(&dot.actor) >= Some(&dot.seq);
                    let lost = self.written.phone_restored(device, replica, held);
                    self.book.forget(&lost);
                }
            }
            DeviceAct::Storage(_) | DeviceAct::Catalogue(_) => {
                bail!("this is for phones in the simulator's process only")
            }
            DeviceAct::Clone(_) => bail!("clones begin elsewhere"),
            DeviceAct::Snapshot(name) => {
                let snapshot = station.phone().snapshot().context("nothing to back up")?;
                station.snapshots.insert(name.clone(), snapshot);
            }
            DeviceAct::Clock(clock) => station.phone().clock.offset_ms = clock.offset_ms,
            DeviceAct::Restart => station.phone().restart()?,
            DeviceAct::Reboot => station.phone().reboot(now_ms)?,
            DeviceAct::Crash => {
                let mut phone = station.phone();
                phone.crash();
                phone.start()?;
            }
            DeviceAct::Create(_) | DeviceAct::Edit(_) | DeviceAct::Event(_) => {
                let mut phone = station.phone();
                let worker = phone.worker.clone();
                let (replica, clock) = phone.desk(now_ms)?;
                match act {
                    DeviceAct::Create(step) => {
                        acts::create_on_phone(&mut self.book, replica, clock, &worker, step)?;
                    }
                    DeviceAct::Edit(step) => drop(acts::edit_on_phone(&self.book, replica, clock, step)?),
                    DeviceAct::Event(step) => drop(acts::event_on_phone(&self.book, replica, clock, step)?),
                    _ => {}
                }
                for renumbered in self.written.note(device, replica) {
                    self.book.renumber(&renumbered);
                }
            }
        }
        Ok(())
    }
}

/// Whether a step waits until running synchronisations have ended.
fn waits(what: &What) -> bool {
    matches!(what, What::Admin(_) | What::Server(_) | What::Expect(_))
}

/// Whether two steps may go over together.
fn alike(step: &Step, first: &Step) -> bool {
    let same = (step.what.area().is_some() && first.what.area().is_some())
        || (step.what.worker().is_some() && first.what.worker().is_some());
    same && step.at_ms == first.at_ms
}

impl What {
    fn area(&self) -> Option<&AreaStep> {
        match self {
            What::Area(area) => Some(area),
            _ => None,
        }
    }

    fn worker(&self) -> Option<&WorkerStep> {
        match self {
            What::Worker(worker) => Some(worker),
            _ => None,
        }
    }
}
