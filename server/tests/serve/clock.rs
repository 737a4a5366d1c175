//! A server that starts with its clock behind its journal says so, and finds back when an administrator accepts it.

use crate::process::{Server, printed, stderr};
use otor_protocol::catalogue::Catalogue;
use otor_server::commit::{CommitPath, Proposal};
use otor_server::run::now_ms;
use otor_server::state::StateFold;
use otor_server::state::entry::Act;
use otor_server::store::disk::RealDisk;
use otor_server::store::engine::{Engine, EngineOptions};
use otor_server::store::journal::DatabaseId;
use otor_server::store::table::SledTables;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;

/// Commits an entry in the data of a stopped server as if its clock had been a day ahead then.
fn commit_tomorrow(data: &Path) {
    let disk = Arc::new(RealDisk::open(data).unwrap());
    let tables = Arc::new(SledTables::new(data.join("sled"), 1 << 20));
    let options = EngineOptions::new(DatabaseId([0; 16]));
    let (engine, _) = Engine::open(disk, tables, Arc::new(StateFold), options, &mut |_| {}).unwrap();
    let mut path = CommitPath::new(engine, Catalogue::built_in()).unwrap();
    let proposal = Proposal {
        decide: Box::new(|_| Ok(Some(Act::Delivered(Vec::new()).into()))),
        completed: Box::new(|result| assert!(result.is_ok())),
    };
    path.offer(proposal).unwrap();
    path.step(now_ms() + DAY_MS);
    path.checkpoint().unwrap();
}

fn readiness(server: &Server) -> u16 {
    match ureq::get(format!("{}/readyz", server.url)).call() {
        Ok(answer) => answer.status().as_u16(),
        Err(ureq::Error::StatusCode(status)) => status,
        Err(error) => panic!("{error}"),
    }
}

fn clock_as_told(server: &Server) -> String {
    let status: Value = serde_json::from_str(&server.run("status --json")).unwrap();
    status["clock"].as_str().unwrap().to_owned()
}

#[test]
fn server_whose_clock_is_behind_its_journal_is_not_ready_until_the_clock_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    assert_eq!(
        (readiness(&server), clock_as_told(&server).as_str()),
        (200, "right")
    );
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    commit_tomorrow(&data);

    let server = Server::start(&data);
    assert_eq!(readiness(&server), 503);
    let told = clock_as_told(&server);
    assert!(told.contains("behind the last entry"), "{told}");
    let listed = server.command("device list").output().unwrap();
    assert!(
        listed.status.success(),
        "administrators go on: {}",
        stderr(&listed)
    );
    let accepted = printed(&server.command("clock accept").output().unwrap());
    assert!(accepted.contains("taken for right"), "{accepted}");
    assert_eq!(
        (readiness(&server), clock_as_told(&server).as_str()),
        (200, "right")
    );
    let again = printed(&server.command("clock accept").output().unwrap());
    assert!(again.contains("trusted already"), "{again}");
}
