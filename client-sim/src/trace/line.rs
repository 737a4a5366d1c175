//! One line of a trace as JSON, and the steps it stands for.

use super::Step;
use super::admin::AdminAct;
use super::expect::RawExpect;
use super::fault::StorageFault;
use super::step::{
    AreaStep, Clock, Create, DeviceAct, Edit, Enrol, Event, LinkChange, ServerAct, Sync, What, WorkerStep,
};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

/// A line, with all that may stand on one; exactly one thing does.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// Milliseconds since the epoch.
    pub(super) at: i64,
    /// Pass over it if it cannot be carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) if_possible: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    area: Option<AreaStep>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    worker: Option<WorkerStep>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DeviceKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    create: Option<Create>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    edit: Option<Edit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Event>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sync: Option<Sync>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<LinkChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock: Option<Clock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restart: Option<Nothing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crash: Option<Nothing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reboot: Option<Nothing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restore: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    storage: Option<StorageFault>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    catalogue: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    admin: Option<AdminAct>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<ServerAct>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect: Option<RawExpect>,
}

/// `{}`: an act that needs no more said.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// `device` names a phone that does something, or enrols one.
#[derive(Serialize)]
#[serde(untagged)]
enum DeviceKey {
    Name(String),
    Enrol(Enrol),
}

impl<'de> Deserialize<'de> for DeviceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DeviceKeyVisitor)
    }
}

/// Tells the two forms apart by hand, so that an error inside an enrolment names the wrong key.
struct DeviceKeyVisitor;

impl<'de> de::Visitor<'de> for DeviceKeyVisitor {
    type Value = DeviceKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a phone's name or an enrolment {\"ref\":…,\"worker\":…}")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<DeviceKey, E> {
        Ok(DeviceKey::Name(name.to_string()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<DeviceKey, A::Error> {
        Enrol::deserialize(MapAccessDeserializer::new(map)).map(DeviceKey::Enrol)
    }
}

/// Reads one line.
pub(super) fn parse(text: &str) -> Result<Line, String> {
    serde_json::from_str(text).map_err(|error| {
        format!(
            "{}; correct or remove it (TRACE.md has the format)",
            plain_message(&error)
        )
    })
}

/// What a JSON error says, less its own count of lines, which is always 1.
pub(super) fn plain_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let column = error.column();
    match message.rfind(" at line ") {
        Some(end) if column > 0 => format!("{} (column {column})", &message[..end]),
        Some(end) => message[..end].to_string(),
        None => message,
    }
}

/// Writes a value that is all strings, numbers, lists and maps with string keys.
pub(super) fn to_text(value: &impl Serialize) -> String {
    // Writing such a value to memory cannot fail.
    serde_json::to_string(value).expect("traces hold only what JSON can say")
}

impl Line {
    /// The steps of this line: one, or one for each check of an expectation.
    pub(super) fn whats(mut self) -> Result<Vec<What>, String> {
        let acts = self.device_acts();
        let mut whats: Vec<What> = Vec::new();
        match (self.device, acts.len()) {
            (Some(DeviceKey::Enrol(enrol)), 0) => whats.push(What::Enrol(enrol)),
            (Some(DeviceKey::Enrol(_)), _) => {
                return Err("an enrolment does nothing else: use two lines".into());
            }
            (Some(DeviceKey::Name(device)), 0) => {
                return Err(format!(
                    "nothing happens to {device}: add create, edit, sync, link, … or remove it"
                ));
            }
            (Some(DeviceKey::Name(device)), _) => {
                whats.extend(acts.into_iter().map(|act| What::Device {
                    device: device.clone(),
                    act,
                }));
            }
            (None, 0) => {}
            (None, _) => {
                return Err("no phone is named: add \"device\", or put the act under \"admin\"".into());
            }
        }
        whats.extend(self.area.map(What::Area));
        whats.extend(self.worker.map(What::Worker));
        whats.extend(self.admin.map(What::Admin));
        whats.extend(self.server.map(What::Server));
        let things = whats.len() + usize::from(self.expect.is_some());
        if let Some(expect) = self.expect {
            whats.extend(expect.checks()?.into_iter().map(What::Expect));
        }
        match things {
            1 => Ok(whats),
            0 => Err("nothing happens at this time: say what, or remove the line".into()),
            _ => Err(format!("{things} things on one line: give each its own")),
        }
    }

    fn device_acts(&mut self) -> Vec<DeviceAct> {
        [
            self.create.take().map(DeviceAct::Create),
            self.edit.take().map(DeviceAct::Edit),
            self.event.take().map(DeviceAct::Event),
            self.sync.take().map(DeviceAct::Sync),
            self.link.take().map(DeviceAct::Link),
            self.clock.take().map(DeviceAct::Clock),
            self.restart.take().map(|_| DeviceAct::Restart),
            self.crash.take().map(|_| DeviceAct::Crash),
            self.reboot.take().map(|_| DeviceAct::Reboot),
            self.snapshot.take().map(DeviceAct::Snapshot),
            self.restore.take().map(DeviceAct::Restore),
            self.clone.take().map(DeviceAct::Clone),
            self.storage.take().map(DeviceAct::Storage),
            self.catalogue.take().map(DeviceAct::Catalogue),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The line of one step.
    pub(super) fn of(step: &Step) -> Line {
        let mut line = Line {
            at: step.at_ms,
            if_possible: step.if_possible,
            ..Line::default()
        };
        match step.what.clone() {
            What::Area(area) => line.area = Some(area),
            What::Worker(worker) => line.worker = Some(worker),
            What::Enrol(enrol) => line.device = Some(DeviceKey::Enrol(enrol)),
            What::Device { device, act } => {
                line.device = Some(DeviceKey::Name(device));
                line.put_act(act);
            }
            What::Admin(act) => line.admin = Some(act),
            What::Server(act) => line.server = Some(act),
            What::Expect(expect) => line.expect = Some(expect.into()),
        }
        line
    }

    fn put_act(&mut self, act: DeviceAct) {
        match act {
            DeviceAct::Create(create) => self.create = Some(create),
            DeviceAct::Edit(edit) => self.edit = Some(edit),
            DeviceAct::Event(event) => self.event = Some(event),
            DeviceAct::Sync(sync) => self.sync = Some(sync),
            DeviceAct::Link(link) => self.link = Some(link),
            DeviceAct::Clock(clock) => self.clock = Some(clock),
            DeviceAct::Restart => self.restart = Some(Nothing {}),
            DeviceAct::Crash => self.crash = Some(Nothing {}),
            DeviceAct::Reboot => self.reboot = Some(Nothing {}),
            DeviceAct::Snapshot(name) => self.snapshot = Some(name),
            DeviceAct::Restore(name) => self.restore = Some(name),
            DeviceAct::Clone(of) => self.clone = Some(of),
            DeviceAct::Storage(fault) => self.storage = Some(fault),
            DeviceAct::Catalogue(version) => self.catalogue = Some(version),
        }
    }
}
