//! Storms small enough for a test, and what exchanges cost.

use crate::harness::{otor_sim, printed, stderr};
use serde_json::Value;

fn run(line: &str) -> Value {
    let mut command = otor_sim();
    let output = command.args(line.split_whitespace()).output();
    let output = output.expect("otor-sim can be run");
    assert!(
        output.status.success(),
        "{:?}: {}{}",
        output.status,
        printed(&output),
        stderr(&output)
    );
    let text = printed(&output);
    serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a result")
}

#[test]
fn every_phone_of_a_storm_is_acknowledged_and_gets_all_that_waited_for_it() {
    let result = run("storm --phones 24 --ops 31 --down 34 --over 1 --check-every 2 --json");
    assert_eq!(result["ok"], true, "{result:#}");
    assert_eq!(
        (&result["acknowledged"], &result["looked_closely"]),
        (&24.into(), &12.into())
    );
    // A day of 31 ops makes 25 records, and the colleagues wrote 34 for each.
    assert_eq!(result["records"], 24 * (25 + 34));
    assert!(result["journal_syncs"].as_u64() > Some(0) && result["latency"]["p99_ms"].as_f64() > Some(0.0));
}

#[test]
fn what_an_exchange_costs_is_told_by_stage_and_every_record_comes() {
    let told = run("cost --exchanges 12 --no-limits --json");
    let (cost, light) = (&told["cost"], &told["light"]);
    assert_eq!(light["exchanges"], 12);
    assert!(light["bytes_down"].as_f64() > cost["bytes_down"].as_f64());
    assert_eq!((&cost["exchanges"], &told["limits"]), (&12.into(), &Value::Null));
    assert!(cost["without_table_ms"].as_f64() < cost["with_table_ms"].as_f64());
    assert!(cost["nothing_new_ms"].as_f64() < cost["without_table_ms"].as_f64());
}
