//! The administrators' side of a real server, over its API.

use super::api::{Access, Api, Content, escape};
use crate::replay::centre::{Centre, FieldEdit, Held, Row};
use crate::trace::{AdminAct, AreaStep, Muster, Supply, WorkerStep};
use anyhow::{Context, bail};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::{ActorId, DeviceId, PersonId, RecordId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use ureq::http::Method;

/// How often a stream of rows that breaks off is begun anew.
const ROWS_TRIES: u32 = 3;

/// The administrators' side of a real server. Requests wait for a server that is being restarted, up to half a
/// minute, and are done once however often they have to be sent.
pub struct HttpCentre {
    pub(super) api: Api,
    before: Before,
}

/// What the server held before this run, which is none of its concern.
#[derive(Debug, Default)]
struct Before {
    rows: BTreeSet<RecordId>,
    held: Held,
}

/// A row of a pull, as far as it is looked at.
#[derive(Deserialize)]
pub(super) struct PulledRow {
    pub(super) id: String,
    kind: String,
    area: String,
    commit: u64,
    pub(super) state: String,
    created_by: String,
    fields: Map<String, Value>,
    conflicts: Vec<String>,
    merge_conflicts: Vec<String>,
    uncertain: bool,
}

#[derive(Deserialize)]
struct Status {
    commit: u64,
    quarantined: u64,
    parked: u64,
}

#[derive(Deserialize)]
struct Worker {
    number: u32,
    code: String,
    areas: Vec<String>,
}

#[derive(Deserialize)]
struct Account {
    number: u32,
    name: String,
}

#[derive(Deserialize)]
struct Device {
    actors: Vec<Actor>,
    #[serde(default)]
    copies: Vec<Copied>,
}

#[derive(Deserialize)]
struct Copied {
    actors: Vec<Actor>,
}

#[derive(Deserialize)]
struct Actor {
    actor: u32,
    acked: u64,
}

impl HttpCentre {
    /// The centre of a server. What it holds already does not count in what is told of it afterwards. Two runs
    /// with the same `run` would share their idempotency keys.
    ///
    /// # Errors
    /// If the server does not answer, or does not take the token.
    pub fn new(access: &Access, run: u64) -> anyhow::Result<Self> {
        let mut centre = HttpCentre {
            api: Api::new(access, run)?,
            before: Before::default(),
        };
        let rows = centre.pull_rows("")?.into_iter().map(|row| row.id).collect();
        centre.api.be_patient();
        centre.before = Before {
            rows,
            held: centre.held()?,
        };
        Ok(centre)
    }

    /// The records that were there before this run.
    pub fn rows_before(&self) -> &BTreeSet<RecordId> {
        &self.before.rows
    }

    /// Adds areas, all at once.
    ///
    /// # Errors
    /// If one is declined.
    pub fn areas<'a>(&mut self, areas: impl IntoIterator<Item = &'a AreaStep>) -> anyhow::Result<()> {
        let rows = areas
            .into_iter()
            .map(|area| [area.code.clone(), area.name.clone(), area.level.clone()]);
        self.import("areas/import", ["code", "name", "level"], rows)
    }

    /// Adds workers, all at once.
    ///
    /// # Errors
    /// If one is declined.
    pub fn workers<'a>(&mut self, workers: impl IntoIterator<Item = &'a WorkerStep>) -> anyhow::Result<()> {
        let rows = workers.into_iter();
        let rows = rows.map(|worker| [worker.worker.clone(), worker.name.clone(), worker.areas.join(";")]);
        self.import("workers/import", ["code", "name", "areas"], rows)
    }

    fn import(
        &mut self,
        path: &str,
        header: [&str; 3],
        rows: impl Iterator<Item = [String; 3]>,
    ) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(header)?;
        for row in rows {
            csv.write_record(&row)?;
        }
        let file = csv.into_inner().context("a file in memory")?;
        let answer = self.api.write(&Method::POST, path, Content::Csv(&file))?;
        let errors = answer.get("errors").and_then(Value::as_array);
        if let Some(error) = errors.and_then(|errors| errors.first()) {
            bail!(
                "row {}: {}",
                error["row"],
                error["message"].as_str().unwrap_or_default()
            );
        }
        Ok(())
    }

    /// Fetches what `query` asks of the pull (such as `format=csv&kind=visit`) into `out`.
    ///
    /// # Errors
    /// If it is declined or breaks off.
    pub fn pull_into(&self, query: &str, out: &mut dyn Write) -> anyhow::Result<u64> {
        let mut response = self.api.open(&format!("pull?{query}"))?;
        let mut body = response.body_mut().with_config().limit(u64::MAX).reader();
        std::io::copy(&mut body, out).context("the pull broke off")
    }

    fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.api.write(&Method::POST, path, Content::Json(body))
    }

    fn list<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<Vec<T>> {
        let mut answer = self.api.get(path)?;
        Ok(serde_json::from_value(answer[path].take())?)
    }

    fn status(&self) -> anyhow::Result<Status> {
        Ok(serde_json::from_value(self.api.get("status")?)?)
    }
}

impl PulledRow {
    pub(super) fn row(self) -> anyhow::Result<Row> {
        Ok(Row {
            id: self
                .id
                .parse()
                .with_context(|| format!("the record id {:?}", self.id))?,
            kind: self.kind,
            area: self.area,
            created_by: self.created_by,
            commit: self.commit,
            fields: self.fields,
            conflicts: self.conflicts,
            merge_conflicts: self.merge_conflicts.len(),
            time_uncertain: self.uncertain,
            state: None,
        })
    }
}

impl Centre for HttpCentre {
    fn area(&mut self, code: &str, name: &str, level: &str) -> anyhow::Result<()> {
        self.areas([&AreaStep {
            code: code.into(),
            name: name.into(),
            level: level.into(),
        }])
    }

    fn worker(&mut self, code: &str, name: &str, areas: &[String]) -> anyhow::Result<()> {
        self.post("workers", &json!({"code": code, "name": name, "areas": areas}))
            .map(drop)
    }

    fn invite(&mut self, worker: &str) -> anyhow::Result<String> {
        let answer = self.post("devices/invite", &json!({"worker": worker}))?;
        Ok(answer["code"]
            .as_str()
            .context("an invitation without a code")?
            .to_owned())
    }

    fn create(&mut self, kind: &str, area: &str, fields: Map<String, Value>) -> anyhow::Result<RecordId> {
        let answer = self.post("records", &json!({"kind": kind, "area": area, "fields": fields}))?;
        let id = answer["id"].as_str().context("a record without an id")?;
        id.parse().with_context(|| format!("the record id {id:?}"))
    }

    fn edit(&mut self, record: RecordId, edit: FieldEdit) -> anyhow::Result<()> {
        let FieldEdit {
            set,
            add,
            remove,
            append,
        } = edit;
        let body = json!({"set": set, "add": add, "remove": remove, "append": append});
        self.api
            .write(&Method::PATCH, &format!("records/{record}"), Content::Json(&body))
            .map(drop)
    }

    fn event(&mut self, record: RecordId, event: &str, fields: Map<String, Value>) -> anyhow::Result<()> {
        let body = json!({"event": event, "fields": fields});
        self.post(&format!("records/{record}/events"), &body).map(drop)
    }

    fn receipt(&mut self, number: &str) -> anyhow::Result<Option<Value>> {
        self.api.find(&format!("receipts/{number}"))
    }

    fn assign(&mut self, record: RecordId, worker: &str) -> anyhow::Result<()> {
        self.post(&format!("tasks/{record}/assign"), &json!({"to": worker}))
            .map(drop)
    }

    fn move_worker(&mut self, worker: &str, areas: &[String]) -> anyhow::Result<()> {
        let path = format!("workers/{}/areas", escape(worker));
        self.api
            .write(&Method::PUT, &path, Content::Json(&json!({"areas": areas})))
            .map(drop)
    }

    fn relocate(&mut self, record: RecordId, area: &str) -> anyhow::Result<()> {
        self.post(&format!("records/{record}/relocate"), &json!({"area": area}))
            .map(drop)
    }

    fn reshape(&mut self, act: &AdminAct) -> anyhow::Result<()> {
        let (path, body) = match act {
            AdminAct::SplitArea(split) => {
                (format!("areas/{}/split", split.area), json!({"into": split.into}))
            }
            AdminAct::MergeAreas(merge) => ("areas/merge".into(), json!(merge)),
            AdminAct::MoveArea(moved) => (format!("areas/{}/move", moved.area), json!(moved.to)),
            AdminAct::RetireArea(retired) => (format!("areas/{}/retire", retired.area), json!({})),
            other => bail!("{other:?} does not change the tree"),
        };
        self.post(&path, &body).map(drop)
    }

    fn release(&mut self, record: RecordId) -> anyhow::Result<()> {
        let answer = self.api.get("quarantine")?;
        let held = answer["held"].as_array().context("a list without entries")?;
        let first = held
            .iter()
            .filter(|entry| entry["record"] == json!(record.to_string()))
            .find(|entry| entry["reason"] != "behind_another");
        let op = first.and_then(|entry| entry["op"].as_str());
        let op = op.context("nothing is quarantined on that record")?.to_owned();
        self.post(&format!("quarantine/{op}/release"), &json!({}))
            .map(drop)
    }

    fn rules(&mut self, rules: &Value) -> anyhow::Result<()> {
        self.api
            .write(&Method::PUT, "rules", Content::Json(rules))
            .map(drop)
    }

    fn supply(&mut self, supply: &Supply) -> anyhow::Result<()> {
        let figure = json!({"area": supply.area, "day": supply.day, "value": supply.value, "at_least": supply.at_least});
        let body = json!({"name": supply.name, "figures": [figure]});
        self.post("stats/supplied", &body).map(drop)
    }

    fn muster(&mut self, muster: &Muster) -> anyhow::Result<(RecordId, Vec<(String, RecordId)>)> {
        let mut body = json!(muster);
        drop(body.as_object_mut().and_then(|body| body.remove("ref")));
        let answer = self.post("musters", &body)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let calls = answer["calls"].as_array().context("a muster without calls")?;
        let calls = calls
            .iter()
            .map(|call| Ok((text(&call["worker"]), text(&call["id"]).parse()?)))
            .collect::<anyhow::Result<_>>()?;
        Ok((text(&answer["muster"]).parse()?, calls))
    }

    fn revoke(&mut self, device: DeviceId) -> anyhow::Result<()> {
        self.post(&format!("devices/{}/revoke", device.0), &json!({}))
            .map(drop)
    }

    fn erase(&mut self, record: RecordId) -> anyhow::Result<()> {
        self.post(&format!("records/{record}/erase"), &json!({}))
            .map(drop)
    }

    fn rows(&mut self) -> anyhow::Result<Vec<Row>> {
        let mut tries = ROWS_TRIES;
        loop {
            tries -= 1;
            match self.merged_rows("") {
                Err(_) if tries > 0 => {}
                ended => return ended,
            }
        }
    }

    fn rows_in(&mut self, area: &str) -> anyhow::Result<Vec<Row>> {
        self.merged_rows(&format!("&area={}", escape(area)))
    }

    fn is_new(&self, record: RecordId) -> bool {
        !self.before.rows.contains(&record)
    }

    fn held(&mut self) -> anyhow::Result<Held> {
        let Status {
            quarantined, parked, ..
        } = self.status()?;
        let before = self.before.held;
        Ok(Held {
            quarantined: quarantined.saturating_sub(before.quarantined),
            parked: parked.saturating_sub(before.parked),
        })
    }

    fn through(&mut self) -> anyhow::Result<BTreeMap<ActorId, u64>> {
        let actors = self.list::<Device>("devices")?.into_iter().flat_map(|device| {
            let copies = device.copies.into_iter().flat_map(|copy| copy.actors);
            device.actors.into_iter().chain(copies)
        });
        Ok(actors.map(|actor| (ActorId(actor.actor), actor.acked)).collect())
    }

    fn persons(&mut self) -> anyhow::Result<BTreeMap<PersonId, String>> {
        let workers = self.list::<Worker>("workers")?.into_iter();
        let workers = workers.map(|worker| (PersonId(worker.number), worker.code));
        let accounts = self.list::<Account>("accounts")?.into_iter();
        Ok(workers
            .chain(accounts.map(|account| (PersonId(account.number), account.name)))
            .collect())
    }

    fn areas_of(&mut self, worker: &str) -> anyhow::Result<Vec<AreaCode>> {
        let workers: Vec<Worker> = self.list("workers")?;
        let found = workers
            .into_iter()
            .find(|entry| entry.code == worker)
            .context("no such worker")?;
        found.areas.iter().map(|area| Ok(area.parse()?)).collect()
    }

    fn commits(&mut self) -> anyhow::Result<u64> {
        Ok(self.status()?.commit)
    }
}
