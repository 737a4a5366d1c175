//! Whether an administrator's step fits what the lines before it have defined.

use super::{Checker, named, unknown};
use crate::trace::admin::{AdminAct, Pull};
use crate::trace::step::{Create, Edit, Event};

impl Checker<'_> {
    pub(super) fn admin_act(&mut self, act: &AdminAct) -> Result<(), String> {
        match act {
            AdminAct::Create(create) if create.area.is_none() => {
                self.define(create)?;
                Err("an administrator's record needs its \"area\"".into())
            }
            AdminAct::Create(create) => self.create(create),
            AdminAct::Edit(Edit { if_held: true, .. }) | AdminAct::Event(Event { if_held: true, .. }) => {
                Err("if_held is for phones: remove it".into())
            }
            AdminAct::Edit(edit) => self.edit(edit),
            AdminAct::Event(event) => self.event(event),
            AdminAct::Assign(assign) => {
                let kind = self.kind_of(&assign.record)?;
                self.known_worker(&assign.to)?;
                let assignable = self
                    .catalogue
                    .kind_named(kind)
                    .is_some_and(|kind| kind.assignee.is_some());
                if assignable {
                    Ok(())
                } else {
                    Err(format!("a {kind} is assigned to nobody: name a task"))
                }
            }
            AdminAct::MoveWorker(moved) => {
                self.known_worker(&moved.worker)?;
                // Who helps out answers for no area, and has what they are given.
                if !moved.areas.is_empty() {
                    self.serves(&moved.worker, &moved.areas)?;
                }
                self.workers.insert(moved.worker.clone(), moved.areas.clone());
                Ok(())
            }
            AdminAct::Relocate(relocate) => {
                self.kind_of(&relocate.record)?;
                self.known_area(&relocate.area)
            }
            AdminAct::SplitArea(split) => {
                self.known_area(&split.area)?;
                self.follow(act, split.into.iter().map(|part| part.code.as_str()))
            }
            AdminAct::MergeAreas(merge) => {
                for area in &merge.areas {
                    self.known_area(area)?;
                }
                self.follow(act, [merge.into.code.as_str()])
            }
            AdminAct::MoveArea(moved) => {
                self.known_area(&moved.area)?;
                self.follow(act, [moved.to.code.as_str()])
            }
            AdminAct::RetireArea(retired) => {
                self.known_area(&retired.area)?;
                self.follow(act, [])
            }
            AdminAct::Revoke(revoke) => self.known_device(&revoke.device),
            AdminAct::Release(release) => self.kind_of(&release.record).map(drop),
            AdminAct::Erase(erase) => self.kind_of(&erase.record).map(drop),
            AdminAct::Rules(_) => Ok(()),
            AdminAct::Supply(supply) => self.known_area(&supply.area),
            AdminAct::Muster(muster) => {
                self.known_area(&muster.area)?;
                let workers: Vec<String> = self.workers.keys().cloned().collect();
                self.name(&muster.record, "alert")?;
                let calls = workers.iter().map(|worker| format!("{}/{worker}", muster.record));
                calls.into_iter().try_for_each(|call| self.name(&call, "alert"))
            }
            AdminAct::Find(find) => {
                self.content(&find.kind)?;
                self.name(&find.record, &find.kind)
            }
            AdminAct::Account(account) => {
                named("account", &account.account)?;
                self.known_area(&account.area)?;
                match self.accounts.insert(account.account.clone()) {
                    true => Ok(()),
                    false => Err(format!(
                        "account {} is there already: give another ref",
                        account.account
                    )),
                }
            }
            AdminAct::CloseAccount(account) => self.known_account(account),
            AdminAct::By(by) => {
                self.known_account(&by.account)?;
                match by.act.as_ref() {
                    AdminAct::Create(_) | AdminAct::Edit(_) | AdminAct::Event(_) | AdminAct::Assign(_) => {
                        self.admin_act(&by.act)
                    }
                    _ => Err("by an account are create, edit, event and assign".into()),
                }
            }
            AdminAct::Pull(pull) => self.pull(pull),
            AdminAct::Import(import) => import.rows.iter().try_for_each(|row| self.import_row(row)),
        }
    }

    fn pull(&self, pull: &Pull) -> Result<(), String> {
        if let Some(account) = &pull.account {
            self.known_account(account)?;
        }
        if let Some(kind) = &pull.kind {
            self.content(kind)?;
        }
        if let Some(area) = &pull.area {
            self.known_area(area)?;
        }
        match pull.rows {
            Some(0) => Err("a pull of no rows is none: give at least 1, or leave rows out".into()),
            _ => Ok(()),
        }
    }

    fn known_account(&self, account: &str) -> Result<(), String> {
        match self.accounts.contains(account) {
            true => Ok(()),
            false => Err(unknown("account", account, "make it on an earlier line")),
        }
    }

    /// A row that was on an earlier line is the same record.
    fn import_row(&mut self, row: &Create) -> Result<(), String> {
        let area = row.area.as_deref().ok_or("a row needs its \"area\"")?;
        match self.records.get(&row.record) {
            None => self.create(row),
            Some(kind) if *kind == row.kind => {
                self.content(&row.kind)?.create(&row.fields)?;
                self.known_area(area)
            }
            Some(kind) => Err(format!("{} was a {kind}: give another ref", row.record)),
        }
    }

    /// Keeps what a change of the tree defines: what takes the place of areas, and what workers serve then.
    fn follow<'c>(&mut self, act: &AdminAct, new: impl IntoIterator<Item = &'c str>) -> Result<(), String> {
        for code in new {
            self.define_area(code)?;
        }
        let moved: Vec<String> = self
            .areas
            .iter()
            .filter_map(|code| act.successors_of(code))
            .flatten()
            .collect();
        self.areas.extend(moved);
        for areas in self.workers.values_mut() {
            *areas = act.areas_after(areas);
        }
        Ok(())
    }
}
