//! Stories of the field replayed by the real `otor-sim` against a real server that it starts.

use crate::harness::{otor_sim, stderr};
use serde_json::{Value, json};
use std::path::Path;

/// How many times as fast as in the field.
const SPEED: &str = "50000";

/// A step that holds always; over real HTTP it waits until phones have ended synchronising.
fn wait_at(at_ms: &Value) -> String {
    json!({"at": at_ms, "expect": {"records": {"kind": "visit", "at_least": 0}}}).to_string()
}

/// A story, each of whose synchronisations ends before anything else happens: they are minutes apart, which at
/// such a speed would be moments.
fn one_after_another(story: &str) -> String {
    let mut lines = Vec::new();
    for line in story.lines() {
        let step: Value = serde_json::from_str(line).expect("a step");
        lines.push(line.to_owned());
        if step.get("sync").is_some() {
            lines.push(wait_at(&step["at"]));
        }
    }
    lines.join("\n")
}

/// Replays a story at a speed; its report.
fn replayed(name: &str, story: &str, speed: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let (trace, report) = (
        folder.path().join("trace.jsonl"),
        folder.path().join("report.json"),
    );
    std::fs::write(&trace, story).expect("a trace");
    let mut command = otor_sim();
    command
        .arg("replay")
        .arg(trace)
        .args(["--spawn", "--seed", "1", "--speed"])
        .args(speed);
    let output = command.arg("--report").arg(&report).output();
    let output = output.expect("otor-sim can be run");
    let said = stderr(&output);
    assert!(output.status.success(), "{name}: {:?}: {said}", output.status);
    let report = std::fs::read(&report).expect("a report");
    serde_json::from_slice(&report).expect("a report in JSON")
}

/// Fails unless a story ends as it should, with all that was written at the server.
fn assert_ends_well(name: &str, speed: &str) {
    let report = ending_well(name, speed);
    let ops = &report["ops"];
    assert!(
        ops["written"].as_u64().is_some_and(|written| written > 0),
        "{ops}"
    );
    assert_eq!(ops["acked"], ops["written"], "{ops}");
}

/// Fails unless a story ends as it should; its report.
fn ending_well(name: &str, speed: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("golden/traces/{name}.jsonl"));
    let story = std::fs::read_to_string(path).expect("a story");
    assert_well(replayed(name, &one_after_another(&story), &[speed]))
}

/// Fails unless a run ended as it should; its report.
fn assert_well(report: Value) -> Value {
    assert_eq!(report["ok"], true, "{report:#}");
    assert_eq!(report["converged"], true, "{report:#}");
    let ops = &report["ops"];
    assert_eq!(
        (ops["lost"].as_u64(), ops["duplicated"].as_u64()),
        (Some(0), Some(0)),
        "{ops}"
    );
    report
}

#[test]
fn three_days_in_the_dark_end_well_over_real_http() {
    assert_ends_well("story-02-three-days-dark", SPEED);
}

#[test]
fn a_batch_cut_in_the_middle_ends_well_over_real_http() {
    // The server needs a moment for what the cut connection brought: the story gives it five minutes.
    assert_ends_well("story-04-half-batch", "600");
}

#[test]
fn a_number_that_two_phones_change_ends_well_over_real_http() {
    assert_ends_well("story-06-phone-twice", SPEED);
}

#[test]
fn a_task_taken_away_in_the_middle_ends_well_over_real_http() {
    assert_ends_well("story-09-reassigned-mid-work", SPEED);
}

#[test]
fn a_split_of_a_grid_ends_well_over_real_http() {
    assert_ends_well("story-13-grid-split", SPEED);
}

#[test]
fn two_grids_made_one_end_well_over_real_http() {
    assert_ends_well("areas-01-merged-from-two", SPEED);
}

#[test]
fn late_work_of_a_revoked_phone_ends_well_over_real_http() {
    assert_ends_well("story-17-lost-phone", SPEED);
}

#[test]
fn a_move_in_the_middle_of_unsent_work_ends_well_over_real_http() {
    // What was written before the move is so by the phone's clock too, which a slow machine sets a little late: the
    // story gives it ten minutes.
    assert_ends_well("scopes-moved-with-unsent-work", "600");
}

#[test]
fn copies_of_phones_end_well_over_real_http() {
    for name in [
        "copy-01-two-phones-one-identity",
        "copy-02-restored-idle",
        "copy-03-restored-with-work",
        "copy-10-on-what-is-kept-aside-of-the-other",
    ] {
        let report = ending_well(name, SPEED);
        assert!(report["ops"]["written"].as_u64() > Some(0), "{report:#}");
    }
}

#[test]
fn the_other_stories_end_well_over_real_http() {
    let others = [
        "story-03-cut-reply",
        "story-05-same-door",
        "story-07-closed-then-edited",
        "story-08-still-broken",
        "story-10-both-did-it",
        "story-11-wrong-house",
        "story-12-regression-by-old-phone",
        "story-16-bad-clock",
        "story-14-twin-snapshots",
        "story-15-whistle",
        "story-20-erase-and-race",
    ];
    for name in others {
        assert_ends_well(name, SPEED);
    }
}

#[test]
fn a_first_sync_ends_well_over_real_http() {
    // The phone of this story writes nothing.
    ending_well("story-01-first-sync", SPEED);
}

#[test]
fn required_outcomes_of_concurrency_come_over_real_http() {
    for name in [
        "outcome-escalated-while-closed",
        "outcome-two-closings",
        "outcome-category-of-the-centre",
        "outcome-severity-stays-higher",
        "outcome-hazard-worst-word-and-other-eyes",
        "outcome-moved-out-and-present",
        "outcome-removed-and-edited",
        "outcome-wish-claimed-by-two",
        "outcome-reassigned-again-and-again",
        "outcome-refused-off-list",
        "outcome-done-beats-a-plain-cancel",
        "outcome-phone-written-two-ways-is-one",
    ] {
        assert_ends_well(name, SPEED);
    }
}

/// A story in whose time days pass for the server and the phones: what is due is written down by the server's own
/// schedule.
fn ends_well_in_its_own_time(name: &str, changed: impl Fn(String) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("golden/traces/{name}.jsonl"));
    let story = changed(std::fs::read_to_string(path).expect("a story"));
    assert_well(replayed(
        name,
        &one_after_another(&story),
        &[SPEED, "--field-time"],
    ));
}

#[test]
fn an_elder_overdue_is_told_and_taken_off_by_a_real_server_in_its_time() {
    ends_well_in_its_own_time("story-18-elder-overdue", |story| story);
}

#[test]
fn a_muster_is_reckoned_by_a_real_server_in_its_time() {
    ends_well_in_its_own_time("story-19-muster-drill", |story| story);
}

#[test]
fn cases_are_given_out_and_raised_by_a_real_server_in_its_time() {
    ends_well_in_its_own_time("dispatch-01-rules-and-levels", |story| story);
}

#[test]
fn rules_rest_on_what_phones_bring_back_to_a_real_server_that_its_operator_restored() {
    ends_well_in_its_own_time("dispatch-02-rules-rest-after-restoring", |story| story);
}

#[test]
fn a_day_that_passes_while_a_real_server_is_dead_is_written_down_once() {
    // A process cannot lose its machine's power: it is killed.
    let killed = |story: String| story.replace("\"power_cut\"", "\"kill\"");
    ends_well_in_its_own_time("schedule-01-power-cuts-around-a-deadline", killed);
}

#[test]
fn a_helper_without_an_area_has_what_they_are_given_and_nothing_else() {
    assert_ends_well("scopes-helper-without-an-area", SPEED);
}

#[test]
fn pulls_go_on_and_begin_anew_over_real_http() {
    ends_well_in_its_own_time("pull-01-left-erased-and-restored", |story| story);
}

#[test]
fn a_patrol_ends_well_over_real_http() {
    assert_ends_well("patrol-01-points-on-planned-segments", SPEED);
}

#[test]
fn a_real_server_that_its_operator_restored_has_all_again() {
    for name in [
        "server-01-restored",
        "server-04-numbers-of-the-lost-end",
        "server-05-restored-twice-from-one-backup",
        "server-06-what-was-written-over-came-first",
    ] {
        ends_well_in_its_own_time(name, |story| story);
    }
}

#[test]
fn what_two_copies_wrote_under_one_number_is_all_there_after_a_real_server_was_restored() {
    for name in [
        "copy-04-the-other-came-first-after-a-restoring",
        "copy-05-the-other-came-between",
        "copy-07-the-tray-of-the-other",
    ] {
        ends_well_in_its_own_time(name, |story| story);
    }
}

/// A server looks for silence as it starts, and then every hour of its machine: it is started anew before a step.
fn started_anew(story: &str, restart_ms: i64, before_ms: i64) -> String {
    let mut lines: Vec<String> = story.lines().map(str::to_owned).collect();
    let step = format!("{{\"at\":{before_ms},");
    let place = lines.iter().position(|line| line.starts_with(&step));
    let place = place.expect("a step of that time");
    for what in ["start", "kill"] {
        lines.insert(place, json!({"at": restart_ms, "server": what}).to_string());
    }
    lines.join("\n")
}

#[test]
fn a_silent_phone_s_task_goes_to_somebody_else_by_a_real_server_in_its_time() {
    let anew = |story: String| started_anew(&story, 432_600_000, 435_600_000);
    ends_well_in_its_own_time("schedule-02-a-silent-phone-s-task", anew);
}

#[test]
fn an_accepted_task_of_a_phone_that_fell_silent_goes_to_somebody_else_by_a_real_server_in_its_time() {
    let anew = |story: String| {
        let first = started_anew(&story, 6_000_000, 86_400_000);
        started_anew(&first, 468_000_000, 471_600_000)
    };
    ends_well_in_its_own_time("schedule-03-accepted-then-silent", anew);
}

#[test]
fn a_case_is_raised_with_its_work_by_a_real_server_in_its_time() {
    ends_well_in_its_own_time("dispatch-03-raised-with-its-work", |story| story);
}
