//! Whether the steps of a trace fit together: times in order, every name defined before it is used and once.

mod admin;
mod content;
mod expected;
pub(super) mod levels;
#[cfg(test)]
mod tests;

use super::step::{AreaStep, Create, DeviceAct, Edit, Enrol, Event, LinkChange, Sync, What, WorkerStep};
use crate::link::drives;
use content::Content;
use levels::{labels, parse_code};
use otor_protocol::catalogue::Catalogue;
use std::collections::{BTreeMap, BTreeSet};

/// Longest trace: a century, so that no time of one overflows.
const AT_MS_MAX: i64 = 100 * 366 * 86_400_000;

/// What the lines so far have defined.
#[derive(Clone)]
pub(super) struct Checker<'a> {
    known_links: &'a [&'a str],
    catalogue: Catalogue,
    /// Line and time of the latest step.
    latest: (usize, i64),
    /// Codes that have a line of their own.
    declared: BTreeSet<String>,
    /// Those and their ancestors.
    areas: BTreeSet<String>,
    /// Workers and their areas at this point of the trace.
    workers: BTreeMap<String, Vec<String>>,
    /// Phones and their owners.
    devices: BTreeMap<String, String>,
    /// Records and their kinds.
    records: BTreeMap<String, String>,
    /// Backups: the phone and the backup's name.
    snapshots: BTreeSet<(String, String)>,
    /// Accounts.
    accounts: BTreeSet<String>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(known_links: &'a [&'a str]) -> Self {
        Checker {
            known_links,
            catalogue: Catalogue::built_in(),
            latest: (1, 0),
            declared: BTreeSet::new(),
            areas: BTreeSet::new(),
            workers: BTreeMap::new(),
            devices: BTreeMap::new(),
            records: BTreeMap::new(),
            snapshots: BTreeSet::new(),
            accounts: BTreeSet::new(),
        }
    }

    /// Checks that a line's time is in order.
    pub(super) fn time(&mut self, line: usize, at_ms: i64) -> Result<(), String> {
        let (latest_line, latest_ms) = self.latest;
        if !(0..=AT_MS_MAX).contains(&at_ms) {
            return Err(format!(
                "at {at_ms} is outside 0 to {AT_MS_MAX} ms: it counts from the header's epoch"
            ));
        }
        if at_ms < latest_ms {
            return Err(format!(
                "at {at_ms} is before line {latest_line}'s {latest_ms}: sort the steps by at"
            ));
        }
        self.latest = (line, at_ms);
        Ok(())
    }

    /// Checks a step and keeps what it defines.
    pub(super) fn step(&mut self, what: &What) -> Result<(), String> {
        match what {
            What::Area(area) => self.area(area),
            What::Worker(worker) => self.worker(worker),
            What::Enrol(enrol) => self.enrol(enrol),
            What::Device { device, act } => self.device_act(device, act),
            What::Admin(act) => self.admin_act(act),
            What::Server(_) => Ok(()),
            What::Expect(expect) => self.expect(expect),
        }
    }

    fn area(&mut self, area: &AreaStep) -> Result<(), String> {
        let code = parse_code(&area.code)?;
        let labels = labels(area.code.len());
        if !self.declared.insert(area.code.clone()) {
            return Err(format!("area {code} is defined twice: remove one"));
        }
        self.define_area(&area.code)?;
        if !labels.contains(&area.level.as_str()) {
            let digits = area.code.len();
            return Err(format!(
                "level {:?} does not fit a code of {digits} digits: write {}",
                area.level,
                labels.join(" or ")
            ));
        }
        Ok(())
    }

    /// Keeps a code and its ancestors.
    fn define_area(&mut self, text: &str) -> Result<(), String> {
        let mut above = Some(parse_code(text)?);
        while let Some(code) = above {
            self.areas.insert(code.as_str().to_string());
            above = code.parent();
        }
        Ok(())
    }

    fn worker(&mut self, worker: &WorkerStep) -> Result<(), String> {
        if self
            .workers
            .insert(worker.worker.clone(), worker.areas.clone())
            .is_some()
        {
            return Err(format!(
                "worker {} is defined twice: give one another ref",
                worker.worker
            ));
        }
        named("worker", &worker.worker)?;
        self.serves(&worker.worker, &worker.areas)
    }

    fn serves(&self, worker: &str, areas: &[String]) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for code in areas {
            self.known_area(code)?;
            if !seen.insert(code) {
                return Err(format!("area {code} stands twice: remove one"));
            }
        }
        if areas.is_empty() {
            Err(format!("worker {worker} serves no area: give at least one"))
        } else {
            Ok(())
        }
    }

    fn enrol(&mut self, enrol: &Enrol) -> Result<(), String> {
        if self
            .devices
            .insert(enrol.device.clone(), enrol.worker.clone())
            .is_some()
        {
            return Err(format!(
                "device {} is enrolled twice: give one another ref",
                enrol.device
            ));
        }
        named("device", &enrol.device)?;
        self.known_worker(&enrol.worker)?;
        match &enrol.link {
            Some(LinkChange::Up) => {
                Err("a phone cannot be enrolled \"up\": leave link out for an ideal one".into())
            }
            Some(link) => self.known_link(link),
            None => Ok(()),
        }
    }

    fn device_act(&mut self, device: &str, act: &DeviceAct) -> Result<(), String> {
        if let DeviceAct::Clone(of) = act {
            return self.clone_of(device, of);
        }
        let Some(owner) = self.devices.get(device).cloned() else {
            if let DeviceAct::Create(create) = act {
                self.records
                    .entry(create.record.clone())
                    .or_insert_with(|| create.kind.clone());
            }
            return Err(unknown("device", device, "enrol it on an earlier line"));
        };
        match act {
            DeviceAct::Create(create) => self.device_create(&owner, create),
            DeviceAct::Edit(edit) => self.edit(edit),
            DeviceAct::Event(event) => self.event(event),
            DeviceAct::Sync(sync) => check_sync(sync),
            DeviceAct::Link(link) => self.known_link(link),
            DeviceAct::Snapshot(name) => self.snapshot(device, name),
            DeviceAct::Restore(name) if !self.snapshots.contains(&(device.to_string(), name.clone())) => Err(
                unknown("snapshot", name, "take it of this device on an earlier line"),
            ),
            DeviceAct::Restore(_) | DeviceAct::Clock(_) | DeviceAct::Clone(_) => Ok(()),
            DeviceAct::Restart
            | DeviceAct::Crash
            | DeviceAct::Reboot
            | DeviceAct::Storage(_)
            | DeviceAct::Catalogue(_) => Ok(()),
        }
    }

    fn clone_of(&mut self, device: &str, of: &str) -> Result<(), String> {
        let owner = self.devices.get(of).cloned();
        let owner = owner.ok_or_else(|| unknown("device", of, "enrol it on an earlier line"))?;
        named("device", device)?;
        match self.devices.insert(device.to_string(), owner) {
            None => Ok(()),
            Some(_) => Err(format!(
                "device {device} is there already: give the clone another name"
            )),
        }
    }

    fn snapshot(&mut self, device: &str, name: &str) -> Result<(), String> {
        named("snapshot", name)?;
        if self.snapshots.insert((device.to_string(), name.to_string())) {
            Ok(())
        } else {
            Err(format!(
                "snapshot {name} of {device} is taken twice: give one another name"
            ))
        }
    }

    fn device_create(&mut self, owner: &str, create: &Create) -> Result<(), String> {
        let areas = self.workers.get(owner).map_or(0, Vec::len);
        if create.area.is_none() && areas != 1 {
            self.define(create)?;
            return Err(format!(
                "worker {owner} has {areas} areas: say the record's \"area\""
            ));
        }
        self.create(create)
    }

    /// Keeps the name of a record that a step of the centre makes or finds.
    fn name(&mut self, record: &str, kind: &str) -> Result<(), String> {
        named("record", record)?;
        match self.records.insert(record.to_string(), kind.to_string()) {
            None => Ok(()),
            Some(_) => Err(format!("record {record} is there already: give another ref")),
        }
    }

    /// Keeps the name of a record, so that an error in its line is not told again at each use.
    fn define(&mut self, create: &Create) -> Result<(), String> {
        named("record", &create.record)?;
        match self.records.insert(create.record.clone(), create.kind.clone()) {
            None => Ok(()),
            Some(_) => Err(format!(
                "record {} is created twice: give one another ref",
                create.record
            )),
        }
    }

    fn create(&mut self, create: &Create) -> Result<(), String> {
        // Defined after its content is checked: a record cannot refer to itself.
        let content = self
            .content(&create.kind)
            .and_then(|content| content.create(&create.fields));
        self.define(create)?;
        content?;
        create
            .area
            .as_deref()
            .map_or(Ok(()), |code| self.known_area(code))
    }

    fn edit(&self, edit: &Edit) -> Result<(), String> {
        self.content(self.kind_of(&edit.record)?)?.edit(edit)
    }

    fn event(&self, event: &Event) -> Result<(), String> {
        self.content(self.kind_of(&event.record)?)?.event(event)
    }

    fn content(&self, kind: &str) -> Result<Content<'_>, String> {
        let Some(spec) = self.catalogue.kind_named(kind) else {
            let known: Vec<&str> = self.catalogue.kinds.iter().map(|kind| kind.name).collect();
            return Err(unknown(
                "kind",
                kind,
                &format!("the catalogue has {}", known.join(", ")),
            ));
        };
        Ok(Content {
            kind: spec,
            records: &self.records,
            workers: &self.workers,
        })
    }

    fn known_area(&self, code: &str) -> Result<(), String> {
        parse_code(code)?;
        if self.areas.contains(code) {
            Ok(())
        } else {
            Err(unknown("area", code, "define it on an earlier line"))
        }
    }

    fn known_worker(&self, worker: &str) -> Result<(), String> {
        if self.workers.contains_key(worker) {
            return Ok(());
        }
        Err(unknown("worker", worker, "define them on an earlier line"))
    }

    fn known_device(&self, device: &str) -> Result<(), String> {
        if self.devices.contains_key(device) {
            return Ok(());
        }
        Err(unknown("device", device, "enrol it on an earlier line"))
    }

    fn kind_of(&self, record: &str) -> Result<&str, String> {
        let kind = self.records.get(record).map(String::as_str);
        kind.ok_or_else(|| unknown("record", record, "create it on an earlier line"))
    }

    fn known_link(&self, link: &LinkChange) -> Result<(), String> {
        match link {
            LinkChange::Profile(name) if drives::number(name).is_some() => Ok(()),
            LinkChange::Profile(name) if !self.known_links.contains(&name.as_str()) => {
                let known = self.known_links.join(", ");
                Err(unknown(
                    "link profile",
                    name,
                    &format!(
                        "there are down, up, {known}, and drive_1 to drive_{}",
                        drives::DRIVES
                    ),
                ))
            }
            _ => Ok(()),
        }
    }
}

fn check_sync(sync: &Sync) -> Result<(), String> {
    let ends = [
        sync.cut_reply,
        sync.cut_after_bytes.is_some(),
        sync.late_ms.is_some(),
    ]
    .map(usize::from);
    if ends.iter().sum::<usize>() > 1 {
        return Err("cut_reply, cut_after_bytes and late_ms exclude each other: keep one".into());
    }
    if sync.wait_ms.is_some() && (sync.late_ms.is_some() || sync.again_ms.is_some()) {
        return Err("a request that goes astray does not wait: leave wait_ms out".into());
    }
    Ok(())
}

fn named(thing: &str, name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err(format!("a {thing} without a name: fill in its ref"))
    } else {
        Ok(())
    }
}

fn unknown(thing: &str, name: &str, remedy: &str) -> String {
    format!("no {thing} {name} so far: {remedy}")
}
