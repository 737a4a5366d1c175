//! The administrators' side of a server in this process: the same acts and rows that the API has.

use super::LocalServer;
use super::pull::shown;
use crate::replay::centre::{Centre, Held, Inside, Row};
use crate::trace::{self, AdminAct};
use anyhow::{Context, anyhow};
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{ActorId, DeviceId, PersonId, RecordId};
use otor_protocol::wire::Reason;
use otor_server::decide::admin::{
    self, AdminRefusal, Outcome, RowError,
    area::AreaRow,
    device::NewInvitation,
    ledger::Supply,
    met::Sightings,
    muster::NewMuster,
    record::{NewRecord, RecordEdit, RecordEvent},
    reshape::{self, Reshape, Successor},
    worker::NewWorker,
};
use otor_server::decide::{Decided, Desk};
use otor_server::service::place::Place;
use otor_server::service::receipts;
use otor_server::service::row::RowMaker;
use otor_server::service::stats::read_day;
use otor_server::state::cell::{ActorCell, DeviceCell, HeldCell, PersonCell, RecordCell};
use otor_server::state::ledger::SuppliedAct;
use otor_server::state::rules::Rules;
use otor_server::state::{StateError, audit, key, read};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The first account of a server in this process, at one moment.
pub struct LocalCentre<'a> {
    /// The server.
    pub server: &'a mut LocalServer,
    /// Server time, milliseconds since the Unix epoch.
    pub now_ms: i64,
}

impl LocalCentre<'_> {
    /// Has an act decided: of the account that acts.
    pub(super) fn act<T: Send + 'static>(
        &mut self,
        act: impl FnOnce(&Desk, &PersonCell) -> admin::Decides<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let name = self.server.acting.clone();
        let outcome: Outcome<T> = self.server.decide(self.now_ms, move |desk| {
            let name = name.as_deref().unwrap_or(admin::start::FIRST_ACCOUNT);
            match read::person_by_code(desk.view, name)? {
                Some(account) => {
                    let (decided, outcome) = act(desk, &account)?;
                    Ok((decided.map(|decided| decided.by(account.id)), outcome))
                }
                None => {
                    let refusal = AdminRefusal::NotFound("there is no such account".into());
                    Ok::<(Option<Decided>, Outcome<T>), StateError>((None, Err(refusal)))
                }
            }
        })?;
        outcome.map_err(|refusal| anyhow!("{refusal}"))
    }

    fn rows_ok(errors: &[RowError]) -> anyhow::Result<()> {
        match errors.first() {
            None => Ok(()),
            Some(error) => Err(anyhow!("row {}: {}", error.row, error.message)),
        }
    }
}

fn successor(named: trace::Successor) -> Successor {
    Successor {
        code: named.code,
        name: named.name,
    }
}

impl Centre for LocalCentre<'_> {
    fn area(&mut self, code: &str, name: &str, level: &str) -> anyhow::Result<()> {
        let row = AreaRow {
            row: 1,
            code: code.into(),
            name: name.into(),
            level: level.into(),
        };
        let imported = self.act(move |desk, account| admin::area::import(desk, account, &[row]))?;
        Self::rows_ok(&imported.errors)
    }

    fn worker(&mut self, code: &str, name: &str, areas: &[String]) -> anyhow::Result<()> {
        let worker = NewWorker {
            code: code.into(),
            name: name.into(),
            areas: areas.to_vec(),
        };
        self.act(move |desk, account| admin::worker::put(desk, account, &worker))?;
        Ok(())
    }

    fn invite(&mut self, worker: &str) -> anyhow::Result<String> {
        let code = admin::invitation_code(&self.server.random_bytes());
        let code_hash = admin::invitation_hash(&code);
        let invitation = NewInvitation {
            worker: worker.into(),
            hours: 24,
        };
        self.act(move |desk, account| admin::device::invite(desk, account, &invitation, code_hash))?;
        Ok(code)
    }

    fn create(&mut self, kind: &str, area: &str, fields: Map<String, Json>) -> anyhow::Result<RecordId> {
        let request = NewRecord {
            kind: kind.into(),
            area: area.into(),
            fields,
        };
        let created = self.act(move |desk, account| admin::record::create(desk, account, &request))?;
        created.record().context("the answer names no record")
    }

    fn edit(&mut self, record: RecordId, edit: crate::replay::centre::FieldEdit) -> anyhow::Result<()> {
        let request = RecordEdit {
            set: edit.set,
            add: edit.add,
            remove: edit.remove,
            append: edit.append,
        };
        self.act(move |desk, account| admin::record::edit(desk, account, record, &request))?;
        Ok(())
    }

    fn event(&mut self, record: RecordId, event: &str, fields: Map<String, Json>) -> anyhow::Result<()> {
        let request = RecordEvent {
            event: event.into(),
            fields,
        };
        self.act(move |desk, account| admin::record::event(desk, account, record, &request))?;
        Ok(())
    }

    fn receipt(&mut self, number: &str) -> anyhow::Result<Option<Json>> {
        let reader = self.server.reader()?;
        let view = reader.snapshot();
        let account =
            read::person_by_code(&view, admin::start::FIRST_ACCOUNT)?.context("no first account")?;
        let answer = receipts::answer(&view, &account, number.parse()?)?;
        Ok(answer.map(serde_json::to_value).transpose()?)
    }

    fn assign(&mut self, record: RecordId, worker: &str) -> anyhow::Result<()> {
        let worker = worker.to_string();
        self.act(move |desk, account| admin::task::assign(desk, account, record, &worker))?;
        Ok(())
    }

    fn move_worker(&mut self, worker: &str, areas: &[String]) -> anyhow::Result<()> {
        let (worker, areas) = (worker.to_string(), areas.to_vec());
        self.act(move |desk, account| {
            admin::worker::move_to(desk, account, &worker, &areas, &Sightings::default())
        })?;
        Ok(())
    }

    fn relocate(&mut self, record: RecordId, area: &str) -> anyhow::Result<()> {
        let area = area.to_string();
        self.act(move |desk, account| admin::record::relocate(desk, account, record, &area))?;
        Ok(())
    }

    fn reshape(&mut self, act: &AdminAct) -> anyhow::Result<()> {
        let change = match act.clone() {
            AdminAct::SplitArea(split) => Reshape::Split {
                code: split.area,
                into: split.into.into_iter().map(successor).collect(),
            },
            AdminAct::MergeAreas(merge) => Reshape::Merge {
                codes: merge.areas,
                into: successor(merge.into),
            },
            AdminAct::MoveArea(moved) => Reshape::Move {
                code: moved.area,
                to: successor(moved.to),
            },
            AdminAct::RetireArea(retired) => Reshape::Close { code: retired.area },
            other => anyhow::bail!("{other:?} does not change the tree"),
        };
        self.act(move |desk, account| reshape::reshape(desk, account, &change, &Sightings::default()))?;
        Ok(())
    }

    fn release(&mut self, record: RecordId) -> anyhow::Result<()> {
        let held = {
            let reader = self.server.reader()?;
            let view = reader.snapshot();
            read::under::<HeldCell>(&view, &key::all_quarantined())?
        };
        let first = held
            .iter()
            .filter(|(_, cell)| cell.record == Some(record))
            .find(|(_, cell)| cell.reason != Some(Reason::BehindAnother));
        let (place, _) = first.context("nothing is quarantined on that record")?;
        let dot = key::held_dot(place).context("a key that names no op")?;
        self.act(move |desk, account| admin::quarantine::release(desk, account, dot))?;
        Ok(())
    }

    fn rules(&mut self, rules: &Json) -> anyhow::Result<()> {
        let rules: Rules = serde_json::from_value(rules.clone())?;
        self.act(move |desk, account| admin::rules::put(desk, account, &rules))?;
        Ok(())
    }

    fn supply(&mut self, supply: &trace::Supply) -> anyhow::Result<()> {
        let figures = vec![SuppliedAct {
            name: supply.name.clone(),
            area: supply.area.parse()?,
            day: read_day(&supply.day).map_err(|wrong| anyhow!(wrong))?,
            value: supply.value,
            at_least: supply.at_least,
        }];
        let request = Supply { figures };
        self.act(move |desk, account| admin::ledger::supply(desk, account, &request))?;
        Ok(())
    }

    fn muster(&mut self, muster: &trace::Muster) -> anyhow::Result<(RecordId, Vec<(String, RecordId)>)> {
        let request = NewMuster {
            title: muster.title.clone(),
            description: None,
            place: None,
            area: muster.area.clone(),
            zone: muster.zone.clone(),
            within_minutes: Some(muster.within_minutes),
        };
        let mut calls = Vec::new();
        let mut so_far = None;
        loop {
            let request = request.clone();
            let called =
                self.act(move |desk, account| admin::muster::call(desk, account, &request, so_far))?;
            let head: RecordId = called.muster.parse()?;
            for call in called.calls {
                calls.push((call.worker, call.id.parse()?));
            }
            match called.next {
                Some(next) => so_far = Some((head, next)),
                None => return Ok((head, calls)),
            }
        }
    }

    fn revoke(&mut self, device: DeviceId) -> anyhow::Result<()> {
        self.act(move |desk, account| admin::device::revoke(desk, account, device))?;
        Ok(())
    }

    fn erase(&mut self, record: RecordId) -> anyhow::Result<()> {
        self.act(move |desk, account| admin::record::erase(desk, account, record))?;
        self.server.keep_erasure(record)
    }

    fn rows(&mut self) -> anyhow::Result<Vec<Row>> {
        self.server.mend_table(self.now_ms)?;
        let reader = self.server.reader()?;
        let view = reader.snapshot();
        let catalogue = Catalogue::built_in();
        let maker = RowMaker::new(&view, &catalogue);
        let mut rows = Vec::new();
        for (_, cell) in read::under::<RecordCell>(&view, &key::records())? {
            let record = cell.record()?;
            let row = maker.row(&cell, &record)?;
            rows.push(Row {
                state: Some(record.encode()),
                ..shown(record.id, row)
            });
        }
        Ok(rows)
    }

    fn rows_in(&mut self, area: &str) -> anyhow::Result<Vec<Row>> {
        let place = {
            let reader = self.server.reader()?;
            Place::of(&reader.snapshot(), &area.parse()?)?
        };
        let mut rows = Vec::new();
        for row in self.rows()? {
            if place.contains(&row.area.parse()?) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    fn held(&mut self) -> anyhow::Result<Held> {
        let reader = self.server.reader()?;
        let view = reader.snapshot();
        let quarantined = read::under::<HeldCell>(&view, &key::all_quarantined())?.len() as u64;
        let parked = read::under::<HeldCell>(&view, &key::all_parked())?.len() as u64;
        Ok(Held { quarantined, parked })
    }

    fn through(&mut self) -> anyhow::Result<BTreeMap<ActorId, u64>> {
        let reader = self.server.reader()?;
        let view = reader.snapshot();
        let mut through = BTreeMap::new();
        for (_, device) in read::under::<DeviceCell>(&view, &key::devices())? {
            for actor in device.branches().flatten() {
                if let Some(cell) = read::get::<ActorCell>(&view, &key::actor(actor))? {
                    through.insert(actor, cell.through);
                }
            }
        }
        Ok(through)
    }

    fn persons(&mut self) -> anyhow::Result<BTreeMap<PersonId, String>> {
        let reader = self.server.reader()?;
        let view = reader.snapshot();
        let persons = read::under::<PersonCell>(&view, &key::persons())?;
        Ok(persons
            .into_iter()
            .map(|(_, person)| (person.id, person.code))
            .collect())
    }

    fn areas_of(&mut self, worker: &str) -> anyhow::Result<Vec<AreaCode>> {
        let reader = self.server.reader()?;
        let person = read::person_by_code(&reader.snapshot(), worker)?.context("no such worker")?;
        Ok(person.areas().to_vec())
    }

    fn commits(&mut self) -> anyhow::Result<u64> {
        Ok(self.server.reader()?.published())
    }

    fn disagreements(&mut self) -> anyhow::Result<Vec<String>> {
        let mut found = audit::disagreements(&self.server.reader()?.snapshot())?;
        let checks = self.server.checks_asked();
        if checks > 0 {
            found.push(format!("phones asked {checks} times where they differ"));
        }
        Ok(found)
    }

    fn inside(&mut self) -> anyhow::Result<Option<Inside>> {
        self.server.inside().map(Some)
    }
}
