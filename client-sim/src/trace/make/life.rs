//! What else there is to a hard week: wishes, hazards, mediations, residents, patrols, activities, households where
//! nobody lives any more, households to be looked after.

use super::county::{County, phone};
use super::matters::{device_event, event, fields};
use super::{DAY_MS, EPOCH_MS, MINUTE_MS, Script, Settings, notes};
use crate::trace::AdminAct;
use crate::trace::step::{Create, DeviceAct, Edit, What};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// One household in so many that is a record of its own is to be looked after, every two days.
const CARED_FOR_ONE_IN: usize = 5;
/// When the centre looks at what came on the day before, in minutes from 07:00.
const CENTRE_MINUTE: i64 = 130;
/// When workers look at what their phones brought in the evening.
const EVENING_MINUTE: i64 = 780;

/// Households that somebody should come to every other day.
pub(super) fn cares(script: &mut Script, county: &County) {
    for grid in county.grids.iter().step_by(CARED_FOR_ONE_IN) {
        // The first is known to the centre from the beginning, where it has two or more.
        if let [number, _, ..] = grid.recorded.as_slice() {
            let set = fields(json!({"care_every_days": 2}));
            let edit = Edit {
                record: grid.household_ref(*number),
                set,
                ..Edit::default()
            };
            script.push(0, What::Admin(AdminAct::Edit(edit)));
        }
    }
}

/// What happens to one worker on a day besides what happens on any, and what becomes of it on the next; how many visits
/// that makes.
pub(super) fn befall(
    script: &mut Script,
    county: &County,
    settings: &Settings,
    (day, worker): (usize, usize),
    rng: &mut ChaCha8Rng,
) -> u64 {
    let share = rng.random_bool(settings.life_share.clamp(0.0, 1.0));
    let which = rng.random_range(0..8);
    if !share {
        return 0;
    }
    let mut one = One {
        county,
        start_ms: day as i64 * DAY_MS,
        is_last: day + 1 == settings.days,
        worker,
        name: format!("{}-{}", day + 1, worker + 1),
        at_minute: rng.random_range(95..600),
        script,
    };
    match which {
        0 => one.wish(rng),
        1 => one.hazard(rng),
        2 => one.mediation(rng),
        3 => one.resident(rng),
        4 => one.patrol(rng),
        5 => one.activity(rng),
        6 => one.gone(),
        _ => one.household_visit(),
    }
    u64::from(which == 7)
}

struct One<'a> {
    script: &'a mut Script,
    county: &'a County,
    start_ms: i64,
    is_last: bool,
    worker: usize,
    name: String,
    at_minute: i64,
}

impl One<'_> {
    fn at(&self, minute: i64) -> i64 {
        self.start_ms + minute * MINUTE_MS
    }

    fn partner(&self) -> usize {
        let grid = &self.county.grids[self.county.grid_of_worker[self.worker]];
        let other = grid.workers.iter().find(|other| **other != self.worker);
        other.copied().unwrap_or(self.worker)
    }

    fn household(&self) -> String {
        let grid = &self.county.grids[self.county.grid_of_worker[self.worker]];
        grid.household_code(grid.recorded[0])
    }

    fn create(&mut self, kind: &str, values: Value) -> String {
        let record = format!("{kind}-{}", self.name);
        let grid = &self.county.grids[self.county.grid_of_worker[self.worker]];
        let create = Create {
            record: record.clone(),
            kind: kind.into(),
            area: Some(grid.code.clone()),
            fields: fields(values),
        };
        let at_ms = self.at(self.at_minute);
        self.script.device(at_ms, self.worker, DeviceAct::Create(create));
        record
    }

    /// Somebody's phone says something of a record, if it has it.
    fn says(&mut self, minute: i64, worker: usize, record: &str, name: &str, arguments: Value) {
        let at_ms = self.at(minute);
        self.script
            .device(at_ms, worker, device_event(record, name, arguments));
    }

    /// The centre says something of a record on the next day.
    fn is_told(&mut self, minute: i64, record: &str, name: &str, arguments: Value) {
        if !self.is_last {
            let at_ms = self.at(24 * 60 + minute);
            self.script
                .push(at_ms, What::Admin(event(record, name, arguments)));
        }
    }

    fn wish(&mut self, rng: &mut ChaCha8Rng) {
        let household = self.household();
        let wish = self.create(
            "wish",
            json!({"text": notes::addition(rng), "household": household}),
        );
        let (own, partner) = (self.worker, self.partner());
        if !self.is_last {
            // It lapses tomorrow at six in the evening.
            let day = EPOCH_MS + self.at(24 * 60 + 660);
            let edit = Edit {
                record: wish.clone(),
                set: fields(json!({"lapses_at": day})),
                ..Edit::default()
            };
            let at_ms = self.at(24 * 60 + CENTRE_MINUTE);
            self.script.push(at_ms, What::Admin(AdminAct::Edit(edit)));
        }
        match rng.random_range(0..4) {
            0 => {}
            1 => {
                // Claimed after the lapse.
                if !self.is_last {
                    self.says(24 * 60 + EVENING_MINUTE, own, &wish, "claim", json!({}));
                }
            }
            2 => {
                self.says(self.at_minute + 1, own, &wish, "claim", json!({}));
                self.says(EVENING_MINUTE, partner, &wish, "claim", json!({}));
                self.says(EVENING_MINUTE + 5, own, &wish, "unclaim", json!({}));
            }
            _ => {
                self.says(self.at_minute + 1, own, &wish, "claim", json!({}));
                self.says(
                    EVENING_MINUTE,
                    own,
                    &wish,
                    "deliver",
                    json!({"outcome": "已办好"}),
                );
                self.is_told(CENTRE_MINUTE + 5, &wish, "confirm", json!({}));
            }
        }
    }

    fn hazard(&mut self, rng: &mut ChaCha8Rng) {
        let values = json!({
            "finding": notes::addition(rng), "severity_found": rng.random_range(1..=3), "category": "fire",
        });
        let hazard = self.create("hazard", values);
        let (own, partner) = (self.worker, self.partner());
        let severity = rng.random_range(1..=4);
        self.says(
            EVENING_MINUTE,
            partner,
            &hazard,
            "assess",
            json!({"severity": severity}),
        );
        let how = rng.random_range(0..4);
        if how == 0 {
            return;
        }
        self.is_told(CENTRE_MINUTE, &hazard, "order", json!({"reason": "限期整改"}));
        self.says(
            EVENING_MINUTE + 10,
            own,
            &hazard,
            "rectify",
            json!({"outcome": "已清除"}),
        );
        match how {
            1 => self.says(EVENING_MINUTE + 11, own, &hazard, "verify", json!({})),
            2 => self.is_told(CENTRE_MINUTE + 20, &hazard, "verify", json!({})),
            _ => {
                self.is_told(CENTRE_MINUTE + 20, &hazard, "verify", json!({}));
                self.is_told(CENTRE_MINUTE + 40, &hazard, "reopen", json!({"reason": "又堵了"}));
            }
        }
    }

    fn mediation(&mut self, rng: &mut ChaCha8Rng) {
        let values = json!({"title": notes::addition(rng), "parties": "甲乙两户", "type": "neighbour"});
        let mediation = self.create("mediation", values);
        let own = self.worker;
        self.says(self.at_minute + 2, own, &mediation, "accept", json!({}));
        if rng.random_bool(0.8) {
            self.says(self.at_minute + 30, own, &mediation, "session", json!({}));
        }
        match rng.random_range(0..4) {
            0 => self.says(
                EVENING_MINUTE,
                own,
                &mediation,
                "fail",
                json!({"reason": "谈不拢"}),
            ),
            1 => {
                self.says(EVENING_MINUTE, own, &mediation, "agree", json!({}));
                self.is_told(CENTRE_MINUTE, &mediation, "transfer", json!({"to": "court"}));
            }
            2 => {
                self.says(EVENING_MINUTE, own, &mediation, "agree", json!({}));
                self.is_told(CENTRE_MINUTE, &mediation, "fulfil", json!({}));
            }
            _ => {}
        }
    }

    fn resident(&mut self, rng: &mut ChaCha8Rng) {
        let values = json!({"name": "某住户", "phone": phone(rng), "households": [self.household()]});
        let resident = self.create("resident", values);
        let (own, partner) = (self.worker, self.partner());
        match rng.random_range(0..4) {
            0 => self.says(EVENING_MINUTE, own, &resident, "moved_away", json!({})),
            1 => self.says(EVENING_MINUTE, own, &resident, "deceased", json!({})),
            2 => {
                // One takes it off, and the other, not knowing, writes on.
                self.says(
                    EVENING_MINUTE,
                    own,
                    &resident,
                    "remove",
                    json!({"reason": "double"}),
                );
                let edit = Edit {
                    record: resident,
                    set: fields(json!({"phone": phone(rng)})),
                    if_held: true,
                    ..Edit::default()
                };
                let at_ms = self.at(EVENING_MINUTE + 1);
                self.script.device(at_ms, partner, DeviceAct::Edit(edit));
            }
            _ if !self.is_last => {
                let at_ms = self.at(24 * 60 + CENTRE_MINUTE);
                let erase = crate::trace::admin::Erase { record: resident };
                self.script.push(at_ms, What::Admin(AdminAct::Erase(erase)));
            }
            _ => {}
        }
    }

    fn patrol(&mut self, rng: &mut ChaCha8Rng) {
        let patrol = self.create("patrol", json!({"plan": "canal", "planned": "s1 s2 s3 s4"}));
        for segment in 1..=rng.random_range(1..=5) {
            let mut edit = Edit {
                record: patrol.clone(),
                ..Edit::default()
            };
            edit.append
                .insert("touched".into(), vec![format!("s{segment}").into()]);
            let at_ms = self.at(self.at_minute + segment);
            self.script.device(at_ms, self.worker, DeviceAct::Edit(edit));
        }
        if rng.random_bool(0.7) {
            self.says(self.at_minute + 10, self.worker, &patrol, "end", json!({}));
        }
    }

    fn activity(&mut self, rng: &mut ChaCha8Rng) {
        let headcount = rng.random_range(3..60);
        let values = json!({"type": "law", "title": "普法小课", "headcount": headcount, "sessions": 1});
        let activity = self.create("activity", values);
        if rng.random_bool(0.2) {
            let reason = json!({"reason": "double"});
            self.says(self.at_minute + 5, self.worker, &activity, "retract", reason);
        }
    }

    /// A household is gone, and whoever else works there finds them at home.
    fn gone(&mut self) {
        let (own, partner) = (self.worker, self.partner());
        let code = self.household();
        let words = [(own, "moved_out"), (partner, "occupied")];
        let several = if own == partner { 1 } else { 2 };
        for (worker, word) in words.into_iter().take(several) {
            let edit = Edit {
                record: format!("h{code}"),
                set: fields(json!({"occupancy": word})),
                if_held: true,
                ..Edit::default()
            };
            let at_ms = self.at(self.at_minute);
            self.script.device(at_ms, worker, DeviceAct::Edit(edit));
        }
    }

    /// Whoever should be looked after is told of as overdue, and visited.
    fn household_visit(&mut self) {
        let household = self.household();
        let name = self.name.clone();
        self.name = format!("care-{name}");
        self.create(
            "visit",
            json!({"household": household, "outcome": "met", "note": "看望。"}),
        );
    }
}
