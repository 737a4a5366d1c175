//! Workers and accounts.

use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::area::{self, AreaRow};
use crate::decide::admin::met::Sightings;
use crate::decide::admin::record::{self, NewRecord};
use crate::decide::admin::worker::{self, NewWorker, WorkerRow};
use crate::decide::admin::{AdminRefusal, start, token_hash};
use crate::state::cell::Role;
use crate::state::{key, read};
use crate::test_server::{COUNTY, COUNTY_TOKEN, FAR_GRID, GRIDS, TestServer, area_row};
use otor_protocol::ids::PersonId;

fn worker_row(row: u64, code: &str, areas: &[&str]) -> WorkerRow {
    WorkerRow {
        row,
        worker: NewWorker {
            code: code.into(),
            name: format!("worker {code}"),
            areas: areas.iter().map(|area| (*area).into()).collect(),
        },
    }
}

fn create_account(
    server: &mut TestServer,
    by: &'static str,
    name: &str,
    level: &str,
    area: &str,
) -> Result<(), AdminRefusal> {
    let request = NewAccount {
        name: name.into(),
        level: level.into(),
        area: Some(area.into()).filter(|area: &String| !area.is_empty()),
    };
    let hash = token_hash(name);
    server
        .account(by, move |desk, own| account::create(desk, own, &request, hash))
        .map(|_| ())
}

#[test]
fn workers_are_imported_changed_and_left_alone() {
    let mut server = TestServer::new();
    let rows = vec![
        worker_row(2, "w1", &[GRIDS[0], GRIDS[1]]),
        worker_row(3, "w2", &["150829"]),
        worker_row(4, "w3", &[]),
        worker_row(5, "county", &[GRIDS[0]]),
        worker_row(6, "w1", &[GRIDS[1], GRIDS[0]]),
    ];
    let answer = server.county(move |desk, own| worker::import(desk, own, &rows));
    let answer = answer.expect("an import");
    assert_eq!((answer.imported, answer.unchanged), (1, 1));
    let bad: Vec<u64> = answer.errors.iter().map(|error| error.row).collect();
    assert_eq!(bad, [3, 4, 5]);
}

#[test]
fn a_move_begins_a_tenure_and_work_from_before_counts_under_the_first() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    server.now_ms += 1_000;
    let areas = [FAR_GRID.to_string()];
    let moved =
        server.county(move |desk, own| worker::move_to(desk, own, "w1", &areas, &Sightings::default()));
    moved.expect("a move");
    let cell = read::person_by_code(&server.reader().snapshot(), "w1").expect("readable");
    let cell = cell.expect("the worker");
    let Role::Worker(tenures) = &cell.role else {
        panic!("a worker");
    };
    assert_eq!(tenures.len(), 2);
    let first: otor_protocol::area::AreaCode = GRIDS[0].parse().expect("a code");
    let before = otor_protocol::stamp::Stamp::at_ms(server.now_ms - 1);
    assert!(cell.answered_for(&first, before));
    assert!(!cell.answered_for(&first, otor_protocol::stamp::Stamp::at_ms(server.now_ms)));
}

#[test]
fn areas_that_no_phone_can_hold_are_refused_with_a_hint_to_pull() {
    let mut server = TestServer::new();
    let rows: Vec<AreaRow> = (1..=64)
        .map(|grid| area_row(&format!("150821102001{grid:03}")))
        .collect();
    let imported = server.county(move |desk, own| area::import(desk, own, &rows));
    imported.expect("areas");
    let rows = vec![
        worker_row(2, "w1", &["150821102001"]),
        worker_row(3, "w2", &["150821102001001", "150821102001064"]),
    ];
    let answer = server.county(move |desk, own| worker::import(desk, own, &rows));
    let answer = answer.expect("an import");
    assert_eq!(answer.imported, 1);
    assert_eq!(answer.errors[0].row, 2);
    assert!(answer.errors[0].message.contains("pull"), "{:?}", answer.errors);
}

#[test]
fn nested_areas_count_once() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0], "150821100201", GRIDS[1]]);
    let cell = read::person_by_code(&server.reader().snapshot(), "w1").expect("readable");
    let areas: Vec<String> = cell
        .expect("the worker")
        .areas()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(areas, ["150821100201"]);
}

#[test]
fn moves_that_file_many_records_anew_are_split_over_commits() {
    let mut server = TestServer::new();
    for code in ["w1", "w2", "w3"] {
        server.worker(code, &[GRIDS[0]]);
    }
    for number in 0..2_100 {
        let worker = if number < 2_050 { "w1" } else { "w2" };
        let request = NewRecord {
            kind: "task".into(),
            area: GRIDS[1].into(),
            fields: serde_json::json!({"title": "look", "assignee": worker})
                .as_object()
                .expect("an object")
                .clone(),
        };
        server
            .county(move |desk, own| record::create(desk, own, &request))
            .expect("a task");
    }
    let rows = vec![
        worker_row(2, "w1", &[GRIDS[1]]),
        worker_row(3, "w2", &[GRIDS[1]]),
        worker_row(4, "w3", &[GRIDS[1]]),
    ];
    let rest = rows[1..].to_vec();
    let first = server.county(move |desk, own| worker::import(desk, own, &rows));
    assert_eq!(first.expect("an import").taken, 1);
    let second = server.county(move |desk, own| worker::import(desk, own, &rest));
    assert_eq!(second.expect("an import").taken, 2);
}

#[test]
fn an_account_changes_only_workers_who_answer_for_nothing_else() {
    let mut server = TestServer::new();
    create_account(&mut server, "county", "township", "township", "150821100").expect("an account");
    server.worker("near", &[GRIDS[0]]);
    server.worker("far", &[FAR_GRID]);
    server.worker("both", &[GRIDS[0], FAR_GRID]);
    for (code, area, allowed) in [
        ("near", GRIDS[1], true),
        ("far", GRIDS[0], false),
        ("both", GRIDS[0], false),
        ("near", FAR_GRID, false),
    ] {
        let areas = [area.to_string()];
        let moved = server.account("township", move |desk, own| {
            worker::move_to(desk, own, code, &areas, &Sightings::default())
        });
        assert_eq!(moved.is_ok(), allowed, "{code} to {area}: {moved:?}");
    }
}

#[test]
fn accounts_are_created_within_the_area_and_level_of_their_maker() {
    let mut server = TestServer::new();
    create_account(&mut server, "county", "league", "league", "").expect("the whole tree makes any");
    create_account(&mut server, "county", "township", "township", "150821100").expect("an account");
    create_account(&mut server, "township", "village", "village", "150821100201").expect("below itself");
    let beside = create_account(&mut server, "township", "beside", "village", "150821101");
    assert!(matches!(beside, Err(AdminRefusal::NotAllowed(_))), "{beside:?}");
    let above = create_account(&mut server, "township", "above", "county", "150821100");
    assert!(matches!(above, Err(AdminRefusal::NotAllowed(_))), "{above:?}");
    let whole = create_account(&mut server, "township", "whole", "township", "");
    assert!(matches!(whole, Err(AdminRefusal::NotAllowed(_))), "{whole:?}");
    let taken = create_account(&mut server, "county", "village", "village", COUNTY);
    assert!(matches!(taken, Err(AdminRefusal::Conflict(_))), "{taken:?}");
}

#[test]
fn a_revoked_account_opens_nothing_and_does_nothing() {
    let mut server = TestServer::new();
    create_account(&mut server, "county", "township", "township", "150821100").expect("an account");
    server
        .county(|desk, own| account::revoke(desk, own, "township"))
        .expect("revoked");
    let opened = read::get::<PersonId>(&server.reader().snapshot(), &key::token(&token_hash("township")));
    assert_eq!(opened.expect("readable"), None);
    let rows = vec![area_row("150821100201009")];
    let done = server.account("township", move |desk, own| area::import(desk, own, &rows));
    assert!(matches!(done, Err(AdminRefusal::NotAllowed(_))));
    let own = server.county(|desk, own| account::revoke(desk, own, "county"));
    assert!(matches!(own, Err(AdminRefusal::Conflict(_))));
}

#[test]
fn the_first_account_is_founded_once_and_its_token_can_be_renewed() {
    let mut server = TestServer::new();
    let again = server.decide(|desk| start::found(desk, token_hash("other")));
    assert_eq!(again, Ok(start::Founded::AlreadyThere));
    server
        .decide(|desk| start::renew_first_token(desk, token_hash("other")))
        .expect("renewed");
    let reader = server.reader();
    let opens =
        |token| read::get::<PersonId>(&reader.snapshot(), &key::token(&token_hash(token))).expect("readable");
    assert_eq!(opens(COUNTY_TOKEN), None);
    assert!(opens("other").is_some());
}
