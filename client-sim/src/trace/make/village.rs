//! What the township does in a hard week for one village a day: a muster, something made public, a campaign; and what
//! callers say of closed cases.

use super::county::County;
use super::day::OpenReport;
use super::matters::{device_event, event, fields};
use super::{DAY_MS, MINUTE_MS, Script, notes, worker_ref};
use crate::trace::AdminAct;
use crate::trace::admin::Muster;
use crate::trace::step::{Create, What};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// When a village is called to a muster, and within how many minutes.
const MUSTER_MINUTE: i64 = 700;
const MUSTER_MINUTES: i64 = 120;
/// When workers put up what was made public.
const POSTED_MINUTE: i64 = 780;

/// What the township does on a day for one village: a muster in the evening, something made public, a campaign.
pub(super) fn befall(script: &mut Script, county: &County, day: usize, rng: &mut ChaCha8Rng) {
    let start_ms = day as i64 * DAY_MS;
    let chosen = rng.random_range(0..county.grids.len());
    let village = county.grids[chosen].code[..12].to_owned();
    let called: Vec<usize> = (0..county.grid_of_worker.len())
        .filter(|worker| {
            county.grids[county.grid_of_worker[*worker]]
                .code
                .starts_with(&village)
        })
        .collect();
    muster(script, start_ms, (day, &village), &called, rng);
    announcement(script, start_ms, (day, &village), &called, rng);
    campaign(script, start_ms, (day, &village), rng);
}

fn muster(
    script: &mut Script,
    start_ms: i64,
    (day, village): (usize, &str),
    called: &[usize],
    rng: &mut ChaCha8Rng,
) {
    let name = format!("muster-{}", day + 1);
    let muster = Muster {
        record: name.clone(),
        title: "防汛集合演练".into(),
        area: village.into(),
        within_minutes: MUSTER_MINUTES,
        zone: None,
    };
    let at_ms = start_ms + MUSTER_MINUTE * MINUTE_MS;
    script.push(at_ms, What::Admin(AdminAct::Muster(muster)));
    for worker in called {
        let call = format!("{name}/{}", worker_ref(*worker));
        let mut says = |minute: i64, name: &str| {
            let at_ms = start_ms + minute * MINUTE_MS;
            script.device(at_ms, *worker, device_event(&call, name, json!({})));
        };
        match rng.random_range(0..5) {
            0 => {}
            1 => says(760, "decline"),
            2 => {
                says(755, "acknowledge");
                // Too late.
                says(MUSTER_MINUTE + MUSTER_MINUTES + 30, "arrive");
            }
            _ => {
                says(750, "acknowledge");
                says(770 + rng.random_range(0..40), "arrive");
            }
        }
    }
}

fn announcement(
    script: &mut Script,
    start_ms: i64,
    (day, village): (usize, &str),
    called: &[usize],
    rng: &mut ChaCha8Rng,
) {
    let name = format!("announcement-{}", day + 1);
    let about = *notes::pick(rng, &["work", "person"]);
    let create = Create {
        record: name.clone(),
        kind: "announcement".into(),
        area: Some(village.into()),
        fields: fields(json!({"title": "公示", "about": about, "texts": ["本周办结事项"]})),
    };
    let mut act = |minute: i64, act: AdminAct| script.push(start_ms + minute * MINUTE_MS, What::Admin(act));
    act(400, AdminAct::Create(create));
    act(410, event(&name, "approve", json!({})));
    if rng.random_bool(0.5) {
        act(415, event(&name, "consent", json!({})));
    }
    act(420, event(&name, "publish", json!({})));
    if rng.random_bool(0.3) {
        act(430, event(&name, "withdraw", json!({"reason": "有误"})));
    }
    for worker in called {
        let at_ms = start_ms + POSTED_MINUTE * MINUTE_MS;
        let posted = device_event(&name, "posted", json!({"place": "村口"}));
        script.device(at_ms, *worker, posted);
    }
}

fn campaign(script: &mut Script, start_ms: i64, (day, village): (usize, &str), rng: &mut ChaCha8Rng) {
    let name = format!("campaign-{}", day + 1);
    let create = Create {
        record: name.clone(),
        kind: "campaign".into(),
        area: Some(village.into()),
        fields: fields(json!({
            "name": "登记", "type": "registration", "households": 6, "threshold_of": 2, "threshold_in": 3,
        })),
    };
    let mut act = |minute: i64, act: AdminAct| script.push(start_ms + minute * MINUTE_MS, What::Admin(act));
    act(300, AdminAct::Create(create));
    act(305, event(&name, "start", json!({})));
    for household in 0..6 {
        let said = *notes::pick(rng, &["contacted", "registered", "registered", "declined"]);
        let household = json!({"household": format!("{village}-{household}")});
        act(500, event(&name, said, household));
    }
    if rng.random_bool(0.5) {
        act(870, event(&name, "end", json!({})));
    }
}

/// What a caller says by hotline of a case of the day before.
pub(super) fn evaluation(
    script: &mut Script,
    county: &County,
    start_ms: i64,
    report: &OpenReport,
    rng: &mut ChaCha8Rng,
) {
    let grid = &county.grids[county.grid_of_worker[report.worker]];
    for caller in 0..rng.random_range(1..=3) {
        let result = *notes::pick(rng, &["satisfied", "satisfied", "neutral", "unhappy"]);
        let create = Create {
            record: format!("e{caller}-{}", report.record),
            kind: "evaluation".into(),
            area: Some(grid.code.clone()),
            fields: fields(json!({"case": report.record, "caller": format!("c{caller}"), "result": result})),
        };
        let at_ms = start_ms + (865 + caller) * MINUTE_MS;
        script.push(at_ms, What::Admin(AdminAct::Create(create)));
    }
}
