//! The steps of a trace that happen to phones, in virtual time.

use super::World;
use super::replay::Run;
use super::station::{Fault, Station};
use crate::device::{Phone, PhoneClock, StorageError};
use crate::in_process::LocalServer;
use crate::link::recorded::RecordedLink;
use crate::link::{Link, Profile};
use crate::replay::acts;
use crate::replay::centre::Centre;
use crate::trace::{DeviceAct, Edit, Enrol, Event, LinkChange, StorageFault};
use anyhow::{Context, bail};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::Lane;
use otor_protocol::keys::Secret;
use otor_protocol::replica::WriteError;
use otor_protocol::wire::{EnrolRequest, PROTOCOL_VERSION};

impl Run {
    pub fn enrol(&mut self, step: &Enrol) -> anyhow::Result<()> {
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

    pub fn device_act(&mut self, device: &str, act: &DeviceAct) -> anyhow::Result<()> {
        let now_ms = self.world.now_ms();
        if let DeviceAct::Clone(of) = act {
            return self.clone_phone(device, of);
        }
        if let DeviceAct::Sync(sync) = act {
            let fault = Fault {
                cut_after_bytes: sync.cut_after_bytes,
                cut_reply: sync.cut_reply,
                late_ms: sync.late_ms,
                again_ms: sync.again_ms,
                wait_ms: sync.wait_ms,
            };
            self.world.waits |= sync.wait_ms.is_some();
            self.world.begin_sync(device, sync.until_done, fault);
            return Ok(());
        }
        if matches!(
            act,
            DeviceAct::Restart
                | DeviceAct::Reboot
                | DeviceAct::Restore(_)
                | DeviceAct::Storage(StorageFault::Damaged(_))
        ) {
            self.world.drop_attempt(device);
        }
        match act {
            DeviceAct::Create(_) | DeviceAct::Edit(_) | DeviceAct::Event(_) => self.write(device, act),
            DeviceAct::Link(change) => self.change_link(device, change),
            DeviceAct::Restore(name) => self.under_a_server(|run| run.go_back(device, name)),
            DeviceAct::Storage(StorageFault::Damaged(nth)) => {
                self.under_a_server(|run| run.damage_phone(device, *nth as usize))
            }
            _ => self.befall(device, act, now_ms),
        }
    }

    fn station(&mut self, device: &str) -> anyhow::Result<&mut Station> {
        let station = self.world.stations.get_mut(device);
        station.with_context(|| format!("{device} is not enrolled"))
    }

    /// The worker writes. A phone whose storage fails over it starts again from what is stored.
    fn write(&mut self, device: &str, act: &DeviceAct) -> anyhow::Result<()> {
        let now_ms = self.world.now_ms();
        let World { stations, book, .. } = &mut self.world;
        let station = stations
            .get_mut(device)
            .with_context(|| format!("{device} is not enrolled"))?;
        let worker = station.phone.worker.clone();
        let (replica, clock) = station.phone.desk(now_ms)?;
        let written = match act {
            DeviceAct::Create(step) => {
                acts::create_on_phone(book, replica, clock, &worker, step).map(|_| true)
            }
            DeviceAct::Edit(step) => acts::edit_on_phone(book, replica, clock, step),
            DeviceAct::Event(step) => acts::event_on_phone(book, replica, clock, step),
            other => bail!("{other:?} is nothing that is written"),
        };
        if let Err(error) = &written
            && let Some(WriteError::Storage(_)) = error.downcast_ref::<WriteError<StorageError>>()
        {
            self.world.coverage.hit("phone.write_failed");
            self.world.drop_attempt(device);
            self.station(device)?.phone.restart()?;
        }
        if matches!(written, Ok(true)) {
            self.world.coverage.hit("phone.wrote");
            if let DeviceAct::Edit(Edit { record, .. }) | DeviceAct::Event(Event { record, .. }) = act
                && self.found.contains(record)
            {
                self.world.coverage.hit("found.phone_acted");
            }
            self.world.give_way(device);
        }
        written.map(drop)
    }

    fn change_link(&mut self, device: &str, change: &LinkChange) -> anyhow::Result<()> {
        let now_us = self.world.now_us;
        let recording = self.recording.clone();
        let station = self.station(device)?;
        let next = match change {
            LinkChange::Down => profile("down", recording.as_ref())?,
            LinkChange::Up => station.usual.clone(),
            LinkChange::Profile(name) => {
                station.usual = profile(name, recording.as_ref())?;
                station.usual.clone()
            }
        };
        station.link.set_profile(next, now_us);
        Ok(())
    }

    /// Does something to a phone under a server that runs.
    fn under_a_server(&mut self, act: impl FnOnce(&mut Self) -> anyhow::Result<()>) -> anyhow::Result<()> {
        // What the server has of it is looked up afterwards: where it cannot start, nothing happens to the phone.
        let was_running = self.world.server.is_running();
        if !was_running {
            let now_ms = self.world.now_ms();
            self.world.server.start(now_ms)?;
        }
        // It may die over its start all the same.
        self.world.server.reader()?;
        let done = act(self);
        if !was_running {
            self.world.server.kill();
        }
        done
    }

    /// One of the ops that the phone has not handed over is damaged, and its process starts again.
    fn damage_phone(&mut self, device: &str, nth: usize) -> anyhow::Result<()> {
        let station = self.station(device)?;
        let replica = station.phone.replica().context("it does not run")?;
        let unsent: Vec<_> = Lane::ALL
            .into_iter()
            .flat_map(|lane| {
                replica.lanes()[lane.index()]
                    .outbox()
                    .map(move |(seq, _)| (lane, seq))
            })
            .collect();
        anyhow::ensure!(!unsent.is_empty(), "everything is handed over");
        let (lane, seq) = unsent[nth % unsent.len()];
        let storage = station.phone.storage_mut().context("it has no storage yet")?;
        anyhow::ensure!(storage.damage_op(lane, seq), "the op is not stored");
        station.phone.restart()?;
        self.world.coverage.hit("phone.op_damaged");
        self.world.book.note_damaged();
        self.phone_restored(device)
    }

    /// The phone goes back to a backup, under a server that runs.
    fn go_back(&mut self, device: &str, name: &str) -> anyhow::Result<()> {
        let station = self.station(device)?;
        let snapshot = station
            .snapshots
            .get(name)
            .with_context(|| format!("no backup {name}"))?;
        station.phone.restore(snapshot)?;
        self.world.coverage.hit("phone.restore");
        self.phone_restored(device)
    }

    /// Something happens to the phone's process, its storage or its clock.
    fn befall(&mut self, device: &str, act: &DeviceAct, now_ms: i64) -> anyhow::Result<()> {
        let station = self.station(device)?;
        let name = match act {
            DeviceAct::Clock(clock) => {
                station.phone.clock.offset_ms = clock.offset_ms;
                "phone.clock"
            }
            DeviceAct::Restart => {
                station.phone.restart()?;
                "phone.restart"
            }
            DeviceAct::Crash => {
                // It dies in the middle of what it does: an attempt under way makes nothing durable any more.
                let lost = station.phone.crash();
                self.world.drop_attempt(device);
                self.station(device)?.phone.start()?;
                if lost > 0 {
                    "phone.crash_with_loss"
                } else {
                    "phone.crash"
                }
            }
            DeviceAct::Reboot => {
                station.phone.reboot(now_ms)?;
                "phone.reboot"
            }
            DeviceAct::Snapshot(name) => {
                let snapshot = station.phone.snapshot().context("nothing to back up")?;
                station.snapshots.insert(name.clone(), snapshot);
                "phone.snapshot"
            }
            DeviceAct::Storage(fault) => {
                let storage = station.phone.storage_mut().context("it has no storage yet")?;
                match fault {
                    StorageFault::WriteFails(nth) => storage.fail_apply(*nth),
                    StorageFault::SyncFails(nth) => storage.fail_sync(*nth),
                    StorageFault::Damaged(_) => bail!("this happens under a server"),
                }
                "phone.storage_fault"
            }
            DeviceAct::Catalogue(version) => {
                let catalogue = Catalogue::of_version(*version).context("there is no such catalogue")?;
                station.phone.use_catalogue(catalogue);
                "phone.other_catalogue"
            }
            other => bail!("{other:?} happens elsewhere"),
        };
        self.world.coverage.hit(name);
        Ok(())
    }

    /// What only the phone had is lost with it; what the server has stays.
    fn phone_restored(&mut self, device: &str) -> anyhow::Result<()> {
        let reader = self.world.server.reader()?;
        let station = self.world.stations.get(device);
        if let Some(replica) = station.and_then(|station| station.phone.replica()) {
            let at_server = |dot, op: &[u8]| LocalServer::holds(&reader, dot, op);
            let lost = self.written.phone_restored(device, replica, at_server);
            self.world.book.forget(&lost);
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
        self.world.coverage.hit("phone.clone");
        Ok(())
    }
}

fn profile(name: &str, recording: Option<&RecordedLink>) -> anyhow::Result<Profile> {
    let named = Profile::by_name(name).with_context(|| format!("there is no link profile {name:?}"))?;
    Ok(match recording {
        Some(recording) if name != "down" => named.without_outages().with_recording(recording.clone()),
        _ => named,
    })
}
