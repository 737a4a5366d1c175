//! The demonstration itself, smaller and faster than the README's.

use crate::harness::{otor_sim, printed, stderr};
use serde_json::Value;

#[test]
fn demonstration_ends_with_nothing_lost_nothing_doubled_and_everyone_agreed() {
    let folder = tempfile::tempdir().expect("a folder");
    let keep = folder.path().join("county");
    let mut command = otor_sim();
    command.args([
        "demo", "--json", "--phones", "12", "--seed", "5", "--speed", "4000", "--keep",
    ]);
    let output = command.arg(&keep).output().expect("otor-sim can be run");
    assert!(
        output.status.success(),
        "{:?}: {}",
        output.status,
        stderr(&output)
    );
    let text = printed(&output);
    let report: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a report");
    assert_eq!(
        (&report["ok"], &report["converged"]),
        (&true.into(), &true.into()),
        "{report:#}"
    );
    assert_eq!(
        (&report["ops"]["lost"], &report["ops"]["duplicated"]),
        (&0.into(), &0.into())
    );
    assert!(stderr(&output).contains("the server is killed (SIGKILL)"));
    let visits = std::fs::read_to_string(keep.join("visits.csv")).expect("the pulled visits");
    assert!(visits.lines().count() > 50, "{} lines", visits.lines().count());
}
