//! The command line as a whole: what is understood, what is refused, what help says.

use super::Cli;
use clap::{CommandFactory, Parser};

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_commands_agree_with_one_another() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_of_the_handbook_is_understood() {
    for line in [
        "otor serve --data d --listen 127.0.0.1:0",
        "otor serve --config otor.toml --tls-cert c --tls-key k --allow-plain-http",
        "otor cert self-signed --host otor.example.org",
        "otor rebuild --data d",
        "otor verify --data d",
        "otor reset-token --data d",
        "otor status --server http://127.0.0.1:1 --json",
        "otor areas import areas.csv",
        "otor areas list --under 1508",
        "otor workers import workers.csv --token-file t",
        "otor workers move w1 --areas 150821100201001,150821100201002",
        "otor device invite w1 --hours 2",
        "otor device list --json",
        "otor device revoke 3",
        "otor task create --title t --area 1508 --assignee w1",
        "otor task assign 1-2 --to w2",
        "otor task cancel 1-2 --reason wrong-target",
        "otor task list",
        "otor records list --kind visit --area 1508 --limit 5",
        "otor records show 3203-1708-1245",
        "otor receipt 3203-1708-1245 --json",
        "otor records create visit --area 1508 --set note=x",
        "otor records edit 1-2 --set a=b --add tags=x --remove tags=y --append notes=z",
        "otor records event 1-2 close --set outcome=done",
        "otor records relocate 1-2 --area 1508",
        "otor records erase 1-2 --yes",
        "otor stats definitions",
        "otor stats report F2 coverage --area 150821 --from 2026-03-01 --to 2026-03-31 --as-of 7 --by-grid",
        "otor stats report --month 2026-03 --csv --output o",
        "otor stats ledger publish --title t --month 2026-03",
        "otor stats ledger list --json",
        "otor stats ledger show 1 --csv",
        "otor stats ledger compare 1 --as-of 9 --limit 5",
        "otor stats supply volunteers f.csv",
        "otor quarantine list",
        "otor quarantine release 1-2",
        "otor admin add centre --level township --area 150821100",
        "otor admin add hall --level desk --area 150821",
        "otor admin list",
        "otor admin revoke centre",
        "otor pull --state s --format csv --kind visit --output o",
        "otor --server-is-not-global status",
    ] {
        let understood = parse(line).is_ok();
        assert_eq!(understood, !line.contains("not-global"), "{line}");
    }
}

#[test]
fn what_is_not_understood_ends_with_status_two() {
    for line in [
        "otor serve --listne x",
        "otor records edit 1-2 --set noequals",
        "otor stats report --from 2026-03-01",
        "otor device revoke one",
        "otor",
    ] {
        let error = parse(line).err().unwrap();
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}
