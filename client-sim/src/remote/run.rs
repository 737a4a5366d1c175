//! Phones that write and synchronise against a running server for a time, all alike.

use super::ack_log::AckLog;
use super::replay::Progress;
use super::runner::{Options, Runner};
use crate::replay::report::Report;
use crate::trace::make::read_areas;
use crate::trace::{AreaStep, Create, DeviceAct, Edit, Enrol, LinkChange, Step, Sync, What, WorkerStep};
use anyhow::ensure;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The county whose villages the phones are in.
const AREAS: &str = include_str!("../../data/areas-wuyuan.csv");
/// Phones of one grid: each sees the other's writing.
const PHONES_PER_GRID: usize = 2;
/// Grids of a village that are made for this: 900 to 999.
const GRIDS_PER_VILLAGE: usize = 100;
/// How long, in milliseconds of virtual time, phones and server have to agree in the end.
const SETTLE_MS: u64 = 2 * 3_600_000;
/// The share of writings that add to a record already written.
const EDITS: f64 = 0.25;
/// What is written.
const NOTES: [&str; 4] = [
    "老两口都在家，身体还行，药按时吃。院墙根的煤堆离炉子太近，当面让挪开了，炕洞口也清了一遍，下周再来看。",
    "家里只有媳妇在，男人去临河打工，年前不回来。孩子在镇上念初中，住校。低保材料缺一张照片，说好周五送到村委会。",
    "门口的水井结冰了，夜里化了又冻，路滑，已经撒了炉灰。邻居因为浇地的先后拌过嘴，两家都说开了，没有大事。",
    "新搬来的一家，三口人，租的是老张家的房。户口还在外地，登记了电话，提醒了用电和燃气的事，烟囱通得好。",
];

/// What phones do.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// How many phones are enrolled.
    pub phones: usize,
    /// For how long they write, in seconds of the field's time.
    pub seconds: u64,
    /// The profile of their links; ideal without one.
    pub link: Option<String>,
    /// Seconds between two writings of a phone.
    pub write_every_s: u64,
    /// Seconds between two synchronisations of a phone.
    pub sync_every_s: u64,
}

/// Enrols new phones of new workers, lets them write and synchronise for a time and then until all agree with
/// the server, telling now and then how far it is. What is acknowledged to them is noted in `acks`.
///
/// # Errors
/// If the server does not answer, or declines.
pub fn run(
    options: Options,
    load: &Load,
    acks: Option<AckLog>,
    tell: &mut dyn FnMut(&Progress),
) -> anyhow::Result<Report> {
    let plan = Plan::new(load, options.seed)?;
    // Phones that all write all the time keep no order.
    let options = Options {
        waits_for_syncs: false,
        ..options
    };
    let mut runner = Runner::new(options)?;
    if let Some(acks) = acks {
        runner.log_acks(acks);
    }
    let mut prepared = plan.preparation.as_slice();
    while !prepared.is_empty() {
        prepared = &prepared[runner.next_steps(prepared)..];
    }
    ensure!(runner.failures().is_empty(), "{}", runner.failures().join("; "));
    // Preparing took its time; the field begins now.
    let began_ms = runner.trace_ms();
    let mut steps_done = 0;
    while steps_done < plan.field.len() {
        let step = &plan.field[steps_done];
        let step = Step {
            at_ms: began_ms + step.at_ms,
            ..step.clone()
        };
        steps_done += runner.next_steps(&[step]);
        let trace_ms = runner.trace_ms() - began_ms;
        tell(&Progress {
            steps_done,
            steps: plan.field.len(),
            trace_ms,
            syncing: runner.syncing(),
        });
    }
    if !runner.settle(SETTLE_MS)? {
        runner.note_failure("phones and server did not come to agree".into());
    }
    runner.report("run")
}

/// What will happen.
struct Plan {
    preparation: Vec<Step>,
    field: Vec<Step>,
}

impl Plan {
    fn new(load: &Load, seed: u64) -> anyhow::Result<Self> {
        let areas = read_areas(AREAS)?;
        let villages: Vec<&str> = areas
            .iter()
            .map(|area| area.code.as_str())
            .filter(|code| code.len() == 12)
            .collect();
        let most = villages.len() * GRIDS_PER_VILLAGE * PHONES_PER_GRID;
        ensure!((1..=most).contains(&load.phones), "give 1 to {most} phones");
        // Workers of another run on the same server are others.
        let name = format!("run-{:06x}", rand::random::<u32>() >> 8);
        let mut preparation: Vec<What> = areas
            .iter()
            .map(|area| AreaStep {
                code: area.code.clone(),
                name: area.name.clone(),
                level: area.level.clone(),
            })
            .map(What::Area)
            .collect();
        let grids: Vec<String> = (0..load.phones.div_ceil(PHONES_PER_GRID))
            .map(|grid| grid_code(&villages, grid))
            .collect();
        preparation.extend(grids.iter().map(|code| {
            What::Area(AreaStep {
                code: code.clone(),
                name: format!("试验网格{}", &code[12..]),
                level: "grid".into(),
            })
        }));
        let worker = |phone: usize| format!("{name}-{phone}");
        preparation.extend((0..load.phones).map(|phone| {
            let areas = vec![grids[phone / PHONES_PER_GRID].clone()];
            What::Worker(WorkerStep {
                worker: worker(phone),
                name: format!("试验员{phone}"),
                areas,
            })
        }));
        let link = load.link.clone().map(LinkChange::from);
        preparation.extend((0..load.phones).map(|phone| {
            What::Enrol(Enrol {
                device: device(phone),
                worker: worker(phone),
                link: link.clone(),
            })
        }));
        let preparation = preparation
            .into_iter()
            .map(|what| Step {
                line: 0,
                if_possible: false,
                at_ms: 0,
                what,
            })
            .collect();
        Ok(Plan {
            preparation,
            field: field(load, seed),
        })
    }
}

fn grid_code(villages: &[&str], grid: usize) -> String {
    format!("{}9{:02}", villages[grid % villages.len()], grid / villages.len())
}

fn device(phone: usize) -> String {
    format!("d{phone}")
}

/// The phones' doings, spread evenly over each stretch of time.
fn field(load: &Load, seed: u64) -> Vec<Step> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (write_every_s, sync_every_s) = (load.write_every_s.max(1), load.sync_every_s.max(1));
    let mut steps = Vec::new();
    let mut last: BTreeMap<usize, String> = BTreeMap::new();
    for second in 0..load.seconds {
        for phone in 0..load.phones {
            let turn = second + phone as u64;
            let mut act = |act| {
                let what = What::Device {
                    device: device(phone),
                    act,
                };
                steps.push(Step {
                    line: 0,
                    if_possible: false,
                    at_ms: second as i64 * 1_000,
                    what,
                });
            };
            if turn.is_multiple_of(write_every_s) {
                act(writing(phone, second, &mut last, &mut rng));
            }
            if turn.is_multiple_of(sync_every_s) {
                act(DeviceAct::Sync(Sync {
                    until_done: true,
                    ..Sync::default()
                }));
            }
        }
    }
    steps
}

/// A visit, or something added to the neighbour's last one as far as the phone has it.
fn writing(phone: usize, second: u64, last: &mut BTreeMap<usize, String>, rng: &mut ChaCha8Rng) -> DeviceAct {
    let note = Value::from(NOTES[rng.random_range(0..NOTES.len())]);
    let neighbour = last.get(&(phone ^ 1)).or_else(|| last.get(&phone));
    if let (Some(record), true) = (neighbour, rng.random_bool(EDITS)) {
        let append = BTreeMap::from([("notes".to_owned(), vec![note])]);
        return DeviceAct::Edit(Edit {
            record: record.clone(),
            append,
            if_held: true,
            ..Edit::default()
        });
    }
    let record = format!("v{phone}-{second}");
    last.insert(phone, record.clone());
    let fields = BTreeMap::from([
        ("note".to_owned(), note),
        ("category".to_owned(), json!("routine")),
        (
            "household".to_owned(),
            json!(format!("试验{phone}-{}", second % 40)),
        ),
    ]);
    DeviceAct::Create(Create {
        record,
        kind: "visit".into(),
        area: None,
        fields,
    })
}

impl Load {
    /// A writing every five seconds and a synchronisation every fifteen.
    pub fn new(phones: usize, seconds: u64) -> Self {
        Load {
            phones,
            seconds,
            link: None,
            write_every_s: 5,
            sync_every_s: 15,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phone_writes_and_synchronises_in_its_turn() {
        let plan = Plan::new(&Load::new(7, 30), 1).unwrap();
        let acts = |wanted: fn(&DeviceAct) -> bool| {
            let acts = plan.field.iter().filter(|step| match &step.what {
                What::Device { device, act } => device == "d6" && wanted(act),
                _ => false,
            });
            acts.count()
        };
        assert_eq!(acts(|act| matches!(act, DeviceAct::Sync(_))), 2);
        assert_eq!(acts(|act| !matches!(act, DeviceAct::Sync(_))), 6);
        let grids = plan.preparation.iter().filter(|step| match &step.what {
            What::Area(area) => area.level == "grid",
            _ => false,
        });
        assert_eq!(grids.count(), 4);
    }

    #[test]
    fn more_phones_than_there_are_grids_for_are_refused() {
        assert!(Plan::new(&Load::new(1_000_000, 1), 1).is_err());
        assert!(Plan::new(&Load::new(0, 1), 1).is_err());
    }

    #[test]
    fn grids_are_spread_over_the_villages_before_a_village_gets_a_second() {
        let villages = ["150821100001", "150821100002"];
        let codes: Vec<String> = (0..3).map(|grid| grid_code(&villages, grid)).collect();
        assert_eq!(codes, ["150821100001900", "150821100002900", "150821100001901"]);
    }
}
