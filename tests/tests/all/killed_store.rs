//! A store whose process kills itself (kill −9) at random moments of opening, writing and checkpointing, a hundred
//! times: each time the next one finds everything that was acknowledged. `OTOR_KILLS` asks for more rounds.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

const ROUNDS: u64 = 100;
const SIGKILL: i32 = 9;

#[test]
fn killed_a_hundred_times_at_random_moments_a_store_has_all_that_was_acknowledged() {
    let given = std::env::var("OTOR_KILLS")
        .ok()
        .and_then(|text| text.parse().ok());
    let rounds: u64 = given.unwrap_or(ROUNDS);
    let mut folder = tempfile::tempdir().expect("a folder");
    let mut killed_while_writing = 0;
    let mut before = 0;
    for round in 0..rounds {
        // One that is opened for ever longer is killed before it comes to write.
        if round > 0 && round.is_multiple_of(ROUNDS) {
            folder = tempfile::tempdir().expect("a folder");
            before = 0;
        }
        let acks = folder.path().join("acks");
        let output = Command::new(env!("CARGO_BIN_EXE_otor-writer-under-test"))
            .arg(folder.path())
            .arg(&acks)
            .args([&round.to_string(), "--kill-within-us", "150000"])
            .output()
            .expect("the writer can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(SIGKILL), "round {round}: {said}");
        let noted = std::fs::read_to_string(&acks).unwrap_or_default();
        let now: u64 = noted
            .lines()
            .last()
            .map_or(0, |line| line.parse().expect("a number"));
        killed_while_writing += u64::from(now > before);
        before = now;
    }
    assert!(
        killed_while_writing > rounds / 4,
        "only {killed_while_writing} of {rounds} came to write: the machine is too slow for this test"
    );
}
