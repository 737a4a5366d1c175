//! What the centre does on a day.

use super::Day;
use super::field::fields;
use crate::soak::plan::Fault;
use crate::trace::{
    AdminAct, AreaStep, Assign, Create, Edit, Erase, Event, Fields, MoveWorker, Muster, Release, Relocate,
    Revoke, What, WorkerStep,
};
use rand::RngExt;
use serde_json::{Value, json};

/// Most phones that are shut out.
const REVOKED_MAX: usize = 2;

/// How much of what the centre lets in it takes from the list of what is kept aside, as far as the day knows that.
const LISTED: f64 = 0.8;

impl Day {
    /// A grid that lives.
    pub(super) fn grid(&mut self) -> String {
        let living = self.tree.living.clone();
        self.one_of(&living)
    }

    fn worker(&mut self) -> String {
        let workers = self.workers.clone();
        self.one_of(&workers)
    }

    fn admin(&mut self, act: AdminAct) {
        self.try_to(What::Admin(act));
    }

    /// Everyday work: tasks, corrections, decisions.
    pub(super) fn at_centre(&mut self) {
        let act = match self.rng.random_range(0..10) {
            0..4 => self.new_task(),
            4..6 => {
                let Some((record, _)) = self.any_record(&["task"]) else {
                    return;
                };
                let to = self.worker();
                AdminAct::Assign(Assign { record, to })
            }
            6 => {
                let Some((record, kind)) = self.any_record(&["visit", "report", "household"]) else {
                    return;
                };
                let edit = self.edit_of(record, kind);
                AdminAct::Edit(Edit {
                    if_held: false,
                    ..edit
                })
            }
            7 => {
                let Some((record, _)) = self.any_record(&["report"]) else {
                    return;
                };
                let event = self.one_of(&["reopen", "archive", "return", "close"]).to_string();
                AdminAct::Event(Event {
                    record,
                    event,
                    fields: Fields::new(),
                    if_held: false,
                })
            }
            _ => {
                let Some((record, _)) = self.any_record(&["task"]) else {
                    return;
                };
                let reason = self.one_of(&["plain", "safety", "wrong_target"]);
                AdminAct::Event(Event {
                    record,
                    event: "cancel".into(),
                    fields: fields(json!({"reason": reason})),
                    if_held: false,
                })
            }
        };
        self.admin(act);
    }

    pub(super) fn new_task(&mut self) -> AdminAct {
        let (worker, area, title) = (self.worker(), self.grid(), self.text());
        AdminAct::Create(Create {
            record: self.new_name("task", &area, None),
            kind: "task".into(),
            area: Some(area),
            fields: fields(json!({"title": title, "assignee": worker})),
        })
    }

    /// What changes under the phones' feet.
    pub(super) fn change_at_centre(&mut self, fault: Fault) {
        let any = ["visit", "report", "household", "task"];
        let act = match fault {
            Fault::Move => {
                let areas = self.new_areas();
                let worker = self.worker();
                Some(AdminAct::MoveWorker(MoveWorker { worker, areas }))
            }
            Fault::Tree => self.tree.change(&mut self.rng),
            Fault::Relocate => {
                let area = self.grid();
                let found = self.any_record(&any);
                found.map(|(record, _)| AdminAct::Relocate(Relocate { record, area }))
            }
            Fault::Erase => {
                let found = self.any_record(&any);
                found.map(|(record, _)| AdminAct::Erase(Erase { record }))
            }
            Fault::Release => {
                let kinds = [&any[..], &["hazard"]].concat();
                let found = match self.rng.random_bool(LISTED) {
                    true => self.kept_aside(),
                    false => self.any_record(&kinds).map(|(record, _)| record),
                };
                found.map(|record| AdminAct::Release(Release { record }))
            }
            Fault::Rules => Some(AdminAct::Rules(self.rules())),
            Fault::Muster => {
                let (area, title) = (self.grid(), self.text());
                Some(AdminAct::Muster(Muster {
                    record: self.new_name("alert", &area, None),
                    title,
                    area,
                    within_minutes: self.rng.random_range(10..120),
                    zone: None,
                }))
            }
            Fault::Grow => {
                self.grow();
                None
            }
            Fault::Revoke if self.revoked < REVOKED_MAX => {
                self.revoked += 1;
                let device = self.phone().name;
                Some(AdminAct::Revoke(Revoke { device }))
            }
            Fault::Enrol => {
                let owner = self.phone();
                let number = 1_000 + self.steps.len();
                self.enrol(number, owner.worker, owner.areas);
                None
            }
            _ => None,
        };
        if let Some(act) = act {
            self.admin(act);
        }
    }

    /// Reports become tasks that are due, go up where nobody sees to them, or nothing happens by itself.
    fn rules(&mut self) -> Value {
        let due = self.rng.random_range(10..60);
        let dispatch = json!([{"name": "rest", "to": "grid", "due_minutes": due}]);
        let escalation = json!([{"from": "grid", "to": "village", "due_minutes": due}]);
        match self.rng.random_range(0..3) {
            0 => json!({}),
            1 => json!({"dispatch": dispatch}),
            _ => json!({"dispatch": dispatch, "escalation": escalation}),
        }
    }

    /// A new grid; or a new worker with a phone, unless a backup might know nothing of them.
    fn grow(&mut self) {
        let forgets = self.plan.has(Fault::ServerBackup) || self.plan.has(Fault::Untold);
        if forgets || self.rng.random_bool(0.5) {
            let code = self.tree.grow(&mut self.rng);
            let (name, level) = (code.clone(), "grid".to_owned());
            return self.try_to(What::Area(AreaStep { code, name, level }));
        }
        let number = 2_000 + self.steps.len();
        let (worker, areas) = (format!("w{number}"), self.new_areas());
        self.try_to(What::Worker(WorkerStep {
            worker: worker.clone(),
            name: worker.clone(),
            areas: areas.clone(),
        }));
        self.workers.push(worker.clone());
        self.enrol(number, worker, areas);
    }

    fn new_areas(&mut self) -> Vec<String> {
        let living = self.tree.living.clone();
        match self.rng.random_range(0..3) {
            0 => vec![self.one_of(&living)],
            1 if living.len() > 1 => living[1..].to_vec(),
            _ => living,
        }
    }
}
