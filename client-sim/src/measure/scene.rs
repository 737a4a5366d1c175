//! A grid of two workers and its server, all real and in this process, brought to where an exchange is measured.

use super::crossing::{self, Crossed};
use super::writer::Writer;
use crate::device::{Phone, PhoneClock};
use crate::in_process::{LocalCentre, LocalServer};
use crate::replay::centre::Centre;
use anyhow::{Context, bail};
use otor_protocol::area::AreaCode;
use otor_protocol::ids::RecordId;
use otor_protocol::keys::Secret;
use otor_protocol::record::Edit;
use otor_protocol::replica::Replica;
use otor_protocol::value::Value;
use otor_protocol::wire::{EnrolRequest, PROTOCOL_VERSION};
use serde_json::Map;

/// 2026-03-02, a Monday, 08:00 in China.
pub(super) const MORNING_MS: i64 = 1_772_409_600_000;
pub(super) const DAY_MS: i64 = 24 * 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// What a worker writes on a day.
const VISITS: usize = 20;
const REPORTS: usize = 5;
const EDITS: usize = 6;
/// Tasks for the worker that wait at the server.
pub(super) const TASKS: usize = 3;
/// Ops of a worker's day.
pub(super) const DAY_OPS: usize = VISITS + REPORTS + EDITS;
/// Of the records of an area: households and reports; the rest are visits.
const HOUSEHOLDS_PERCENT: usize = 40;
const REPORTS_PERCENT: usize = 10;

/// The grid, its server, and the phones of its two workers.
pub(super) struct Scene {
    pub server: LocalServer,
    pub grid: AreaCode,
    /// The worker who came back first, and the one whose exchange is measured.
    pub phones: [Phone; 2],
    pub writer: Writer,
    pub now_ms: i64,
    /// Records that the grid holds from before.
    held: Vec<RecordId>,
    seed: u64,
}

const WORKERS: [(&str, &str); 2] = [("w1", "甲"), ("w2", "乙")];
const GRID: &str = "150821100201001";
/// The areas above the grid, and it.
const AREAS: [(&str, &str, &str); 5] = [
    ("1508", "巴彦淖尔市", "league"),
    ("150821", "五原县", "county"),
    ("150821100", "隆兴昌镇", "township"),
    ("150821100201", "村", "village"),
    (GRID, "第一网格", "grid"),
];

impl Scene {
    /// A grid of two workers that holds `records` records, which both phones have; nothing is on its way.
    pub fn new(records: usize, writer: Writer, seed: u64) -> anyhow::Result<Scene> {
        let mut server = LocalServer::new(seed);
        server.start(MORNING_MS)?;
        let mut centre = LocalCentre {
            server: &mut server,
            now_ms: MORNING_MS,
        };
        for (code, name, level) in AREAS {
            centre.area(code, name, level)?;
        }
        for (code, name) in WORKERS {
            centre.worker(code, name, &[GRID.to_owned()])?;
        }
        let [(first, _), (second, _)] = WORKERS;
        let phones = [
            enrolled(&mut server, first, first, MORNING_MS, seed)?,
            enrolled(&mut server, second, second, MORNING_MS, seed)?,
        ];
        let mut scene = Scene {
            server,
            grid: GRID.parse()?,
            phones,
            writer,
            now_ms: MORNING_MS,
            held: Vec::new(),
            seed,
        };
        scene.write_area(records)?;
        scene.sync(1)?;
        scene.now_ms += DAY_MS;
        Ok(scene)
    }

    /// Fills the grid: the first worker writes, and hands over now and then.
    fn write_area(&mut self, records: usize) -> anyhow::Result<()> {
        let (households, reports) = (
            records * HOUSEHOLDS_PERCENT / 100,
            records * REPORTS_PERCENT / 100,
        );
        for number in 0..records {
            self.now_ms += MINUTE_MS + self.writer.below(2 * MINUTE_MS);
            let (kind, edit) = if number < households {
                ("household", self.writer.household_card(&self.grid, number + 1))
            } else if number < households + reports {
                let text = self.writer.earlier_description();
                ("report", self.writer.report(&self.grid, self.now_ms, &text))
            } else {
                let text = self.writer.earlier_note();
                ("visit", self.writer.visit(&self.grid, self.now_ms, &text))
            };
            let record = self.create(0, kind, &edit)?;
            self.held.push(record);
            if number % 500 == 499 {
                self.sync(0)?;
            }
        }
        self.sync(0)?;
        Ok(())
    }

    fn create(&mut self, phone: usize, kind: &str, edit: &Edit) -> anyhow::Result<RecordId> {
        let grid = self.grid.clone();
        let (replica, clock) = self.phones[phone].desk(self.now_ms)?;
        Ok(replica.create(clock, kind, grid, edit)?)
    }

    fn edit(&mut self, phone: usize, record: RecordId, edit: &Edit) -> anyhow::Result<()> {
        let (replica, clock) = self.phones[phone].desk(self.now_ms)?;
        replica.edit(clock, record, edit)?;
        Ok(())
    }

    /// A worker's day without a link: 20 visits, 5 reports, 6 edits of what the grid holds. Of the edits, four are
    /// of records that the other worker's day edits as well.
    pub fn work_a_day(&mut self, phone: usize) -> anyhow::Result<()> {
        let begun_ms = self.now_ms;
        let step_ms = 8 * 3_600_000 / DAY_OPS as i64;
        for number in 0..DAY_OPS {
            let jitter = self.writer.below(step_ms / 2);
            self.now_ms = begun_ms + number as i64 * step_ms + jitter;
            // Reports and edits come between visits.
            match number % 6 {
                3 if number / 6 < REPORTS => {
                    let text = self.writer.description(phone);
                    let edit = self.writer.report(&self.grid, self.now_ms, &text);
                    self.create(phone, "report", &edit)?;
                }
                5 | 0 if number % 6 == 5 || number == DAY_OPS - 1 => {
                    self.edit_something(phone, number / 6)?
                }
                _ => {
                    let text = self.writer.visit_note(phone);
                    let edit = self.writer.visit(&self.grid, self.now_ms, &text);
                    self.create(phone, "visit", &edit)?;
                }
            }
        }
        self.now_ms = begun_ms;
        Ok(())
    }

    /// One of a day's six edits.
    fn edit_something(&mut self, phone: usize, number: usize) -> anyhow::Result<()> {
        // The last two are of records that only this worker edits.
        let place = if number < 4 { number } else { number + 2 * phone };
        let record = *self.held.get(place).context("the grid holds too little")?;
        let edit = if number.is_multiple_of(2) {
            Edit {
                set: vec![("phone".to_owned(), self.writer.phone())],
                ..Edit::default()
            }
        } else {
            let words = self.writer.addition(phone);
            Edit {
                append: vec![("notes".to_owned(), vec![Value::from(words.as_str())])],
                ..Edit::default()
            }
        };
        self.edit(phone, record, &edit)
    }

    /// The centre gives the second worker `count` tasks.
    pub fn give_tasks(&mut self, count: usize) -> anyhow::Result<()> {
        for _ in 0..count {
            self.now_ms += MINUTE_MS + self.writer.below(30 * MINUTE_MS);
            let (title, description) = (self.writer.addition(1), self.writer.request(1));
            let due_ms = self.now_ms - self.now_ms % DAY_MS + 3 * DAY_MS;
            let fields: Map<_, _> = [
                ("title".to_owned(), title.into()),
                ("description".to_owned(), description.into()),
                ("due_at".to_owned(), due_ms.into()),
            ]
            .into_iter()
            .collect();
            let mut centre = LocalCentre {
                server: &mut self.server,
                now_ms: self.now_ms,
            };
            let task = centre.create("task", GRID, fields)?;
            centre.assign(task, WORKERS[1].0)?;
        }
        Ok(())
    }

    /// Synchronises a phone without a link between, until nothing is left.
    pub fn sync(&mut self, phone: usize) -> anyhow::Result<()> {
        while crossing::direct(&mut self.server, &mut self.phones[phone], self.now_ms)?.more {}
        Ok(())
    }

    /// The server has learned this dictionary, and both phones fetch it over a good link.
    pub fn learn(&mut self, content: &[u8]) -> anyhow::Result<()> {
        let number = self.server.teach(self.now_ms, content.to_vec())?;
        for phone in 0..self.phones.len() {
            self.phones[phone].on_good_link = true;
            self.sync(phone)?;
            self.phones[phone].on_good_link = false;
            let learned = self.phones[phone].replica().and_then(Replica::learned_dictionary);
            if learned.is_none_or(|dictionary| dictionary.number() != number) {
                bail!("the dictionary has not reached the phone");
            }
        }
        Ok(())
    }

    /// One exchange of a phone, without a link between.
    pub fn exchange(&mut self, phone: usize) -> anyhow::Result<Crossed> {
        crossing::direct(&mut self.server, &mut self.phones[phone], self.now_ms)
    }

    /// A new phone of the second worker, which takes the place of their old one.
    pub fn new_phone(&mut self, name: &str) -> anyhow::Result<()> {
        self.phones[1] = enrolled(&mut self.server, name, WORKERS[1].0, self.now_ms, self.seed)?;
        Ok(())
    }
}

/// A phone, enrolled and booted that morning.
fn enrolled(
    server: &mut LocalServer,
    name: &str,
    worker: &str,
    now_ms: i64,
    seed: u64,
) -> anyhow::Result<Phone> {
    let booted_ms = now_ms - 40 * MINUTE_MS;
    let mut phone = Phone::new(name, worker, PhoneClock::booted_at(booted_ms), seed);
    let seed_of_phone = phone.fresh_secret();
    let secret = Secret::new(seed_of_phone);
    let code = LocalCentre { server, now_ms }.invite(worker)?;
    let keys = secret.public();
    let request = EnrolRequest {
        protocol: PROTOCOL_VERSION,
        proof: secret.sign(&EnrolRequest::signed_bytes(&code, &keys)).to_vec(),
        code,
        keys,
    };
    let reply = server.enrol(now_ms, &request)?;
    phone.enrol(seed_of_phone, reply)?;
    Ok(phone)
}
