//! How long those have whom a muster calls, by its zone.

use super::{all, fields};
use crate::decide::admin::muster;
use crate::test_server::{GRIDS, TestServer};
use serde_json::json;

/// How many minutes those called have, if the muster is taken.
fn minutes_of(zone: &str) -> Option<i64> {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let request = json!({"title": "防汛", "area": &GRIDS[0][..12], "zone": zone});
    let request: muster::NewMuster = serde_json::from_value(request).expect("a muster");
    let called = server.county(move |desk, county| muster::call(desk, county, &request, None));
    called.ok()?;
    let alerts = all(&server, "alert");
    let dues = alerts
        .into_iter()
        .map(|id| fields(&server, id)["due_at"].as_i64());
    let dues: Option<Vec<i64>> = dues.collect();
    dues?
        .into_iter()
        .max()
        .map(|due_ms| (due_ms - server.now_ms) / 60_000)
}

#[test]
fn a_zone_gives_one_two_or_three_hours_and_another_word_is_refused() {
    let minutes = ["centre", "banner", "whole", "elsewhere"].map(minutes_of);
    assert_eq!(minutes, [Some(60), Some(120), Some(180), None]);
}
