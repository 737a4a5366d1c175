//! Accounts, files from other systems and learned dictionaries on a day.

use super::Day;
use super::field::fields;
use crate::soak::plan::Fault;
use crate::trace::{Account, AdminAct, By, Create, Event, Fields, Import, ServerAct, What};
use rand::RngExt;
use serde_json::json;

/// What accounts are over: a village, a township, the county.
const OVER: [&str; 4] = ["150821100201", "150821101001", "150821100", "150821"];
const LEVELS: [&str; 5] = ["village", "township", "county", "desk", "auditor"];
/// How many dictionaries there are to be learned: more than a server keeps.
const TOPICS: u32 = 8;
/// Most rows of a file.
const ROWS_MAX: usize = 40;

impl Day {
    pub(super) fn in_office(&mut self, fault: Fault) {
        let act = match fault {
            Fault::Learn => {
                let what = self.rng.random_range(0..TOPICS);
                return self.try_to(What::Server(ServerAct::Learn(what)));
            }
            Fault::Import => Some(self.import()),
            _ => self.account(),
        };
        if let Some(act) = act {
            self.try_to(What::Admin(act));
        }
    }

    /// An account is made, acts, or is closed.
    fn account(&mut self) -> Option<AdminAct> {
        if self.accounts == 0 || self.rng.random_bool(0.3) {
            self.accounts += 1;
            return Some(AdminAct::Account(Account {
                account: format!("a{}", self.accounts),
                level: self.one_of(&LEVELS).into(),
                area: self.one_of(&OVER).into(),
            }));
        }
        let account = format!("a{}", self.rng.random_range(1..=self.accounts));
        if self.rng.random_bool(0.2) {
            return Some(AdminAct::CloseAccount(account));
        }
        let act = Box::new(self.act_of_account()?);
        Some(AdminAct::By(By { account, act }))
    }

    fn act_of_account(&mut self) -> Option<AdminAct> {
        Some(match self.rng.random_range(0..4) {
            0 => self.new_task(),
            1 => {
                let (area, title) = (self.grid(), self.text());
                AdminAct::Create(Create {
                    record: self.new_name("report", &area, None),
                    kind: "report".into(),
                    area: Some(area),
                    fields: fields(json!({"title": title, "severity": 2})),
                })
            }
            2 => {
                let (record, kind) = self.any_record(&["visit", "report", "household"])?;
                let mut edit = self.edit_of(record, kind);
                edit.if_held = false;
                AdminAct::Edit(edit)
            }
            _ => {
                let (record, _) = self.any_record(&["report"])?;
                AdminAct::Event(Event {
                    record,
                    event: self.one_of(&["close", "escalate", "return", "archive"]).into(),
                    fields: Fields::new(),
                    if_held: false,
                })
            }
        })
    }

    /// A file: rows that are new, others that were in one before, as they were or changed, and now and then one that is
    /// nothing.
    fn import(&mut self) -> AdminAct {
        let count = self.rng.random_range(1..=ROWS_MAX);
        let rows = (0..count).map(|_| self.row()).collect();
        AdminAct::Import(Import { rows })
    }

    fn row(&mut self) -> Create {
        if !self.rows.is_empty() && self.rng.random_bool(0.3) {
            let rows = self.rows.clone();
            let mut row = self.one_of(&rows);
            if self.rng.random_bool(0.5) {
                let (name, text) = match row.kind.as_str() {
                    "report" => ("phone", format!("13{}", self.rng.random_range(0..1_000))),
                    _ => ("place", self.text()),
                };
                row.fields.insert(name.into(), json!(text));
            }
            return row;
        }
        let (area, text, number) = (self.grid(), self.text(), self.records.len());
        let (kind, content) = match self.rng.random_range(0..10) {
            0 => ("visit", json!({"note": text})),
            1..6 => (
                "report",
                json!({"title": text, "channel": "hotline", "external_id": format!("x{number}")}),
            ),
            _ => ("household", json!({"code": format!("x{number}"), "place": text})),
        };
        let row = Create {
            record: self.new_name(kind, &area, None),
            kind: kind.into(),
            area: Some(area),
            fields: fields(content),
        };
        // What is nothing to be imported does not come again.
        if kind != "visit" {
            self.rows.push(row.clone());
        }
        row
    }
}
