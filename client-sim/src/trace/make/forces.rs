//! Who works in a made-up county, as the centre has it written down: a team for every village, posts, experts, a shift of
//! duty a day.

use super::county::County;
use super::matters::fields;
use super::{DAY_MS, MINUTE_MS, Script, worker_ref};
use crate::trace::AdminAct;
use crate::trace::step::{Create, What};
use serde_json::{Value, json};

/// One grid in so many has a team, and its first worker a post, that is written down.
const ONE_IN: usize = 20;

/// Teams, posts and experts, as the first day begins.
pub(super) fn written_down(script: &mut Script, county: &County) {
    for (place, grid) in county.grids.iter().enumerate().step_by(ONE_IN) {
        let leader = worker_ref(grid.workers[0]);
        let team = json!({"code": format!("T{place}"), "name": format!("{}网格团队", grid.name), "type": "grid_team",
                          "composition": "1+2+X", "leader": leader, "headcount": 5});
        create(script, 1, &format!("team{place}"), "team", &grid.code, team);
        let post = json!({"worker": leader, "engagement": if place.is_multiple_of(3) { "part_time" } else { "full_time" },
                          "tier": 1, "hats": "information errands", "team": format!("T{place}")});
        create(script, 2, &format!("post{place}"), "post", &grid.code, post);
        let expert = json!({"name": format!("调解专家{place}"), "type": "property", "phone": "12348"});
        create(script, 3, &format!("expert{place}"), "expert", &grid.code, expert);
    }
}

/// The shifts of a day.
pub(super) fn on_duty(script: &mut Script, county: &County, day: usize) {
    let start_ms = day as i64 * DAY_MS;
    for (place, grid) in county.grids.iter().enumerate().skip(day).step_by(ONE_IN * 5) {
        let duty =
            json!({"type": "checkpoint", "place": "村口", "headcount": 3, "team": format!("T{place}")});
        let at_ms = start_ms + 30 * MINUTE_MS;
        create_at(
            script,
            at_ms,
            &format!("duty{day}-{place}"),
            "duty",
            &grid.code,
            duty,
        );
    }
}

fn create(script: &mut Script, minute: i64, record: &str, kind: &str, area: &str, values: Value) {
    create_at(script, minute * MINUTE_MS, record, kind, area, values);
}

fn create_at(script: &mut Script, at_ms: i64, record: &str, kind: &str, area: &str, values: Value) {
    let create = Create {
        record: record.into(),
        kind: kind.into(),
        area: Some(area.into()),
        fields: fields(values),
    };
    script.push(at_ms, What::Admin(AdminAct::Create(create)));
}
