//! What makes every figure of a hard week worth counting: channels, roles, ways of serving, departments, zones, norms,
//! days by which something is due, figures that others supply.

use super::county::County;
use super::matters::{device_event, fields};
use super::{DAY_MS, EPOCH_MS, MINUTE_MS, Script};
use crate::trace::AdminAct;
use crate::trace::admin::Supply;
use crate::trace::step::{Create, DeviceAct, Edit, What};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CHANNELS: [&str; 6] = ["appeal", "four_micro", "online_chain", "hotline", "snapshot", ""];
const ROLES: [&str; 4] = ["information", "errands", "patrol", ""];
const MODES: [&str; 4] = ["direct", "helped", "proxy", ""];
const DEPARTMENTS: [&str; 4] = ["housing", "power", "water", ""];
const ACTIVITIES: [&str; 3] = ["legal", "volunteer", "lesson"];
const MEDIATIONS: [&str; 2] = ["property", "family"];
const ZONES: [&str; 4] = ["centre", "banner", "whole", ""];
/// One visit in so many was to nobody's household, and one was written by mistake.
const VISITS_TO_NOBODY: usize = 11;
const VISITS_TAKEN_BACK: usize = 13;
/// One report in so many is withdrawn by whoever wrote it.
const REPORTS_WITHDRAWN: usize = 5;
/// What is supplied at the beginning counts from this day on, which lies before all others.
const SUPPLIED_SINCE: &str = "2026-02-01";
/// When the centre says, in the morning after, which department answers for a report, and that a hazard has to be removed
/// by noon.
const SET_MINUTE: i64 = 135;
const DUE_MINUTE: i64 = 300;
/// Departments have so long to answer a whistle.
const WHISTLE_MS: i64 = 5 * 60 * MINUTE_MS;

/// Spreads it over the steps that there are.
pub(super) fn spread(script: &mut Script, county: &County, days: usize) {
    let mut added = Vec::new();
    let mut counts = Counts::default();
    for (at_ms, what) in &mut script.steps {
        match what {
            What::Device {
                device,
                act: DeviceAct::Create(create),
            } => {
                let number = counts.next(&create.kind);
                written(create, number);
                let device = device.clone();
                added.extend(follow(*at_ms, device, create, number, days));
            }
            What::Admin(AdminAct::Create(create)) if create.kind == "whistle" => {
                let due = EPOCH_MS + *at_ms + WHISTLE_MS;
                create.fields.insert("due_at".into(), due.into());
            }
            What::Admin(AdminAct::Muster(muster)) => {
                let zone = pick(&ZONES, counts.next("muster"));
                muster.zone = zone.map(str::to_string);
            }
            What::Admin(AdminAct::Rules(rules)) => rules["norms"] = norms(county),
            // Not every refusal is of work that is not on the list of duties.
            What::Device {
                act: DeviceAct::Event(event),
                ..
            } if event.event == "refuse" && counts.next("refuse").is_multiple_of(3) => {
                event.fields = fields(json!({"reason": "plain"}));
            }
            _ => {}
        }
    }
    script.steps.extend(added);
    supplies(script, county, days);
    // A household that nobody has filed under a grid yet.
    if let Some(village) = county.upper_areas.iter().find(|area| area.code.len() == 12) {
        let household = Create {
            record: "household-without-grid".into(),
            kind: "household".into(),
            area: Some(village.code.clone()),
            fields: fields(json!({"code": format!("{}-unfiled", village.code)})),
        };
        script.push(MINUTE_MS, What::Admin(AdminAct::Create(household)));
    }
}

/// How many of each sort there were.
#[derive(Default)]
struct Counts(BTreeMap<String, usize>);

impl Counts {
    fn next(&mut self, sort: &str) -> usize {
        let count = self.0.entry(sort.to_string()).or_default();
        *count += 1;
        *count - 1
    }
}

fn pick(from: &[&'static str], number: usize) -> Option<&'static str> {
    let picked = from[number % from.len()];
    (!picked.is_empty()).then_some(picked)
}

fn written(create: &mut Create, number: usize) {
    let mut set = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            create.fields.insert(name.into(), value.into());
        }
    };
    match create.kind.as_str() {
        "report" => {
            set("channel", pick(&CHANNELS, number));
            set("role_hat", pick(&ROLES, number / 2));
            set("service_mode", pick(&MODES, number / 3));
        }
        "visit" => {
            set("role_hat", pick(&ROLES, number / 3));
            if number % VISITS_TO_NOBODY == VISITS_TO_NOBODY - 1 {
                create.fields.remove("household");
            }
        }
        "activity" => {
            set("type", pick(&ACTIVITIES, number));
            set("role_hat", pick(&ROLES, number / 2));
            create.fields.insert("sessions".into(), (number % 4 + 1).into());
        }
        "mediation" => set("type", pick(&MEDIATIONS, number)),
        _ => {}
    }
}

/// What comes of something that a phone wrote.
fn follow(at_ms: i64, device: String, create: &Create, number: usize, days: usize) -> Option<(i64, What)> {
    let record = create.record.clone();
    match create.kind.as_str() {
        "visit" if number % VISITS_TAKEN_BACK == VISITS_TAKEN_BACK - 1 => {
            let act = device_event(&record, "retract", json!({"reason": "plain"}));
            Some((at_ms + 10 * MINUTE_MS, What::Device { device, act }))
        }
        "hazard" if number.is_multiple_of(2) => {
            let due = EPOCH_MS + morning_after(at_ms) + DUE_MINUTE * MINUTE_MS;
            set_by_the_centre(at_ms, record, json!({"due_at": due}), days)
        }
        "report" if number % REPORTS_WITHDRAWN == REPORTS_WITHDRAWN - 1 => {
            let act = device_event(&record, "withdraw", json!({}));
            Some((at_ms + MINUTE_MS, What::Device { device, act }))
        }
        "report" => {
            let department = pick(&DEPARTMENTS, number / 2)?;
            set_by_the_centre(at_ms, record, json!({"department": department}), days)
        }
        _ => None,
    }
}

fn morning_after(at_ms: i64) -> i64 {
    (at_ms / DAY_MS + 1) * DAY_MS
}

/// What the centre sets in the morning after something was written, if there is one.
fn set_by_the_centre(at_ms: i64, record: String, values: Value, days: usize) -> Option<(i64, What)> {
    let set = fields(values);
    let edit = Edit {
        record,
        set,
        ..Edit::default()
    };
    let morning = morning_after(at_ms);
    let is_in_time = morning < days as i64 * DAY_MS;
    is_in_time.then(|| {
        let at_ms = morning + SET_MINUTE * MINUTE_MS;
        (at_ms, What::Admin(AdminAct::Edit(edit)))
    })
}

/// A norm for a village, whose grids are larger, and for two townships, one of which has smaller ones; grids elsewhere
/// have none.
fn norms(county: &County) -> Value {
    let third = county.grids.len() / 3;
    let code = |grid: usize, digits: usize| county.grids[grid].code[..digits].to_string();
    let mut norms = BTreeMap::from([(code(0, 12), (1, 1))]);
    norms.entry(code(third, 9)).or_insert((2, 3));
    norms.entry(code(2 * third, 9)).or_insert((4, 9));
    let norms = norms.into_iter();
    norms
        .map(|(area, (least, most))| json!({"area": area, "least": least, "most": most}))
        .collect()
}

/// Figures of every level, on the first day and on later ones, and one that was put right.
fn supplies(script: &mut Script, county: &County, days: usize) {
    let mut supply = |day: usize, name: &str, area: &str, value: i64| {
        let supply = Supply {
            name: name.into(),
            area: area.into(),
            day: match day {
                0 => SUPPLIED_SINCE.to_string(),
                day => format!("2026-03-{:02}", day.min(29) + 2),
            },
            value,
            // Volunteers are told as "more than", and so are some townships' compounds.
            at_least: name == "volunteers" || (name == "unmanaged_compounds" && value % 5 == 0),
        };
        let at_ms = day as i64 * DAY_MS + 20 * MINUTE_MS;
        script.push(at_ms, What::Admin(AdminAct::Supply(supply)));
    };
    let last = days - 1;
    let codes = |digits: usize| {
        let codes = county
            .upper_areas
            .iter()
            .filter(move |area| area.code.len() == digits);
        codes.map(|area| area.code.as_str())
    };
    for (number, village) in codes(12).enumerate() {
        match number % 3 {
            0 => supply(0, "flagged_community", village, 1),
            1 if last > 0 => {
                supply(0, "flagged_community", village, 1);
                supply(last, "flagged_community", village, 0);
            }
            _ => {}
        }
    }
    for (number, township) in codes(9).enumerate() {
        let compounds = 10 + number as i64;
        supply(0, "unmanaged_compounds", township, compounds);
        supply(
            last,
            "unmanaged_compounds",
            township,
            compounds - number as i64 % 4,
        );
        supply(0, "volunteer_stations", township, compounds);
        supply(0, "volunteer_teams", township, 3);
    }
    for area in codes(6) {
        supply(0, "volunteer_teams", area, 100);
        supply(0, "volunteers", area, 1_500);
        supply(last, "volunteers", area, 1_510);
        supply(last, "volunteers", area, 1_511);
        supply(0, "volunteer_beneficiaries", area, 5_000);
    }
}
