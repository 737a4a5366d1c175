//! Changes of the tree's shape: what they mean for workers, accounts, late work and pulls.

use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::met::Sightings;
use crate::decide::admin::record::{self, NewRecord};
use crate::decide::admin::reshape::{self, Reshape, Reshaped, Successor};
use crate::decide::admin::worker;
use crate::decide::admin::{AdminRefusal, Outcome, token_hash};
use crate::service::pull::{self, Pull, PullFilter};
use crate::service::records;
use crate::state::{read, scopes_of_device_owner};
use crate::test_server::{FAR_GRID, GRIDS, TestServer};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Lane, RecordId};
use otor_protocol::op::{Body, KindId};
use otor_protocol::wire::Verdict;

const PARTS: [&str; 2] = ["150821100201013", "150821100201014"];

fn new(code: &str) -> Successor {
    Successor {
        code: code.into(),
        name: Some(format!("area {code}")),
    }
}

fn there(code: &str) -> Successor {
    Successor {
        code: code.into(),
        name: None,
    }
}

fn change(server: &mut TestServer, by: &'static str, change: Reshape) -> Outcome<Reshaped> {
    server.account(by, move |desk, own| {
        reshape::reshape(desk, own, &change, &Sightings::default())
    })
}

fn split(server: &mut TestServer) -> Reshaped {
    let code = GRIDS[0].into();
    let into = PARTS.map(new).to_vec();
    change(server, "county", Reshape::Split { code, into }).expect("split")
}

fn move_grid(code: &str, to: &str) -> Reshape {
    Reshape::Move {
        code: code.into(),
        to: there(to),
    }
}

fn areas_of(server: &TestServer, worker: &str) -> Vec<String> {
    let person = read::person_by_code(&server.reader().snapshot(), worker).expect("readable");
    let person = person.expect("the worker");
    person.areas().iter().map(ToString::to_string).collect()
}

fn visit(area: &str) -> Body {
    Body::Create {
        kind: KindId(2),
        area: area.parse().expect("a code"),
        changes: Vec::new(),
    }
}

/// How many records a pull of an area brings, and the cursor for the next.
fn pulled(server: &TestServer, area: &str, cursor: Option<&str>) -> (usize, String) {
    let reader = server.reader();
    let view = reader.snapshot();
    let filter = PullFilter {
        area: Some(area.parse().expect("a code")),
        ..PullFilter::default()
    };
    let begun = Pull::begin(&view, view.published(), filter, cursor).expect("readable");
    let begun = begun.expect("a good cursor");
    let page = pull::page(&view, &Catalogue::built_in(), &begun, begun.start()).expect("readable");
    assert_eq!(page.next, None);
    (page.rows.len(), begun.next_cursor().encode())
}

fn township(server: &mut TestServer, name: &'static str, area: &str) {
    let request = NewAccount {
        name: name.into(),
        level: "township".into(),
        area: Some(area.into()),
    };
    server
        .county(move |desk, own| account::create(desk, own, &request, token_hash(name)))
        .expect("an account");
}

#[test]
fn a_split_gives_its_workers_the_parts_and_leaves_them_the_old_records() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    server.worker("village", &["150821100201"]);
    server.worker("far", &[FAR_GRID]);
    let phone = server.phone("w1", 1);
    let (_, verdict) = server.phone_writes(&phone, Lane::Rest, visit(GRIDS[0]));
    assert_eq!(verdict, Verdict::Accepted);
    server.now_ms += 60_000;
    let answer = split(&mut server);
    assert_eq!(
        (answer.records, answer.added),
        (1, PARTS.map(String::from).to_vec())
    );
    let concerned: Vec<&str> = answer.workers.iter().map(|worker| worker.code.as_str()).collect();
    assert_eq!(concerned, ["w1"]);
    assert_eq!(areas_of(&server, "w1"), [GRIDS[0], PARTS[0], PARTS[1]]);
    assert_eq!(areas_of(&server, "village"), ["150821100201"]);
    let scopes = scopes_of_device_owner(&server.reader().snapshot(), phone.owner).expect("readable");
    assert_eq!(scopes.len(), 4);
    // What is written late in the old grid is taken as written there, and so is what is written in a part.
    for area in [GRIDS[0], PARTS[1]] {
        let (dot, verdict) = server.phone_writes(&phone, Lane::Rest, visit(area));
        assert_eq!(verdict, Verdict::Accepted);
        let cell = read::record(&server.reader().snapshot(), RecordId(dot)).expect("readable");
        let record = cell.expect("the visit").record().expect("sound");
        assert_eq!(record.area.val.as_str(), area);
    }
    // Nothing new begins at the centre in a grid that has ended.
    let request = NewRecord {
        kind: "visit".into(),
        area: GRIDS[0].into(),
        fields: serde_json::Map::new(),
    };
    let refused = server.county(move |desk, own| record::create(desk, own, &request));
    assert!(matches!(refused, Err(AdminRefusal::Conflict(_))), "{refused:?}");
}

#[test]
fn whoever_gets_a_part_later_gets_what_was_written_before_the_split() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    server.worker("w2", &[FAR_GRID]);
    split(&mut server);
    for (worker, areas, expected) in [
        ("w2", vec![PARTS[1]], vec![GRIDS[0], PARTS[1]]),
        ("w1", vec![PARTS[0]], vec![GRIDS[0], PARTS[0]]),
        ("w1", vec![GRIDS[0], PARTS[0]], vec![GRIDS[0], PARTS[0]]),
    ] {
        let areas: Vec<String> = areas.into_iter().map(String::from).collect();
        server
            .county(move |desk, own| worker::move_to(desk, own, worker, &areas, &Sightings::default()))
            .expect("moved");
        assert_eq!(areas_of(&server, worker), expected);
    }
    server.worker("w3", &[FAR_GRID]);
    let alone = [GRIDS[0].to_string()];
    let refused =
        server.county(move |desk, own| worker::move_to(desk, own, "w3", &alone, &Sightings::default()));
    assert!(matches!(refused, Err(AdminRefusal::Conflict(_))), "{refused:?}");
}

#[test]
fn pulls_of_a_part_and_of_everything_above_find_the_old_records_and_none_twice() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    for _ in 0..9 {
        server.phone_writes(&phone, Lane::Rest, visit(GRIDS[0]));
    }
    let before = pulled(&server, "150821100201", None);
    split(&mut server);
    assert_eq!(pulled(&server, "150821100201", None).0, 9);
    assert_eq!(pulled(&server, "150821100201", Some(&before.1)).0, 0);
    for area in [GRIDS[0], PARTS[0], PARTS[1]] {
        assert_eq!(pulled(&server, area, None).0, 9, "{area}");
    }
    assert_eq!(pulled(&server, GRIDS[1], None).0, 0);
    server.phone_writes(&phone, Lane::Rest, visit(PARTS[0]));
    assert_eq!(pulled(&server, "150821100201", Some(&before.1)).0, 1);
    assert_eq!(pulled(&server, PARTS[1], None).0, 9);
}

#[test]
fn a_grid_that_moves_takes_its_records_and_its_worker_to_where_it_goes() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    server.worker("beyond", &["150821101001"]);
    township(&mut server, "to", "150821101");
    let phone = server.phone("w1", 1);
    let (dot, _) = server.phone_writes(&phone, Lane::Rest, visit(GRIDS[0]));
    let before = pulled(&server, "150821101", None);
    assert_eq!(before.0, 0);
    change(&mut server, "county", move_grid(GRIDS[0], "150821101001009")).expect("moved");
    // The centre that gets it hears of its records with the next pull, and can look at them.
    assert_eq!(pulled(&server, "150821101", Some(&before.1)).0, 1);
    assert_eq!(pulled(&server, "150821100", None).0, 1);
    let reader = server.reader();
    let account = read::person_by_code(&reader.snapshot(), "to")
        .expect("readable")
        .expect("the account");
    let row = records::one(
        &reader.snapshot(),
        &Catalogue::built_in(),
        &account,
        RecordId(dot),
    );
    assert_eq!(row.expect("readable").expect("a row").area, GRIDS[0]);
    assert_eq!(areas_of(&server, "w1"), [GRIDS[0], "150821101001009"]);
    assert_eq!(areas_of(&server, "beyond"), [GRIDS[0], "150821101001"]);
    // The account may still change its own worker, and edit what came with the grid.
    let areas = ["150821101001".to_string()];
    server
        .account("to", move |desk, own| {
            worker::move_to(desk, own, "beyond", &areas, &Sightings::default())
        })
        .expect("its own worker");
    let fields = serde_json::json!({"append": {"notes": ["seen"]}});
    let edit = serde_json::from_value(fields).expect("an edit");
    server
        .account("to", move |desk, own| {
            record::edit(desk, own, RecordId(dot), &edit)
        })
        .expect("an edit of what it took over");
}

#[test]
fn a_village_moves_with_all_its_grids_and_merged_grids_lead_to_one() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    server.worker("w2", &[GRIDS[1]]);
    let code = "150821100201".to_string();
    let to = there("150821101009");
    let answer = change(&mut server, "county", Reshape::Move { code, to }).expect("moved");
    assert_eq!(answer.retired, ["150821100201", GRIDS[0], GRIDS[1]]);
    assert_eq!(
        answer.added,
        ["150821101009", "150821101009001", "150821101009002"]
    );
    assert_eq!(areas_of(&server, "w1"), [GRIDS[0], "150821101009001"]);
    let codes = vec!["150821101009001".to_string(), "150821101009002".to_string()];
    let into = new("150821101009003");
    change(&mut server, "county", Reshape::Merge { codes, into }).expect("merged");
    // Each one's worker answers for both, whichever code comes first.
    for worker in ["w1", "w2"] {
        assert_eq!(
            areas_of(&server, worker),
            [
                GRIDS[0],
                GRIDS[1],
                "150821101009001",
                "150821101009002",
                "150821101009003"
            ]
        );
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut server = TestServer::new();
    township(&mut server, "township", "150821100");
    let parts = |codes: [&str; 2]| codes.map(new).to_vec();
    let code = || GRIDS[0].to_string();
    split(&mut server);
    let tries = [
        (
            "county",
            Reshape::Split {
                code: code(),
                into: parts(["150821100201021", "150821100201022"]),
            },
        ),
        (
            "county",
            Reshape::Split {
                code: "150821100201".into(),
                into: parts(["150821100203", "150821100204"]),
            },
        ),
        (
            "county",
            Reshape::Split {
                code: GRIDS[1].into(),
                into: parts([GRIDS[1], "150821100201021"]),
            },
        ),
        (
            "county",
            Reshape::Split {
                code: GRIDS[1].into(),
                into: parts(["150821100209", "150821100201021"]),
            },
        ),
        (
            "county",
            Reshape::Split {
                code: GRIDS[1].into(),
                into: parts([GRIDS[0], "150821100201021"]),
            },
        ),
        (
            "county",
            Reshape::Split {
                code: GRIDS[1].into(),
                into: vec![new("150821100201021")],
            },
        ),
        (
            "county",
            Reshape::Split {
                code: GRIDS[1].into(),
                into: [there("150821100201021"), there(PARTS[0])].into(),
            },
        ),
        (
            "county",
            Reshape::Merge {
                codes: vec![PARTS[0].into(), PARTS[1].into()],
                into: there(PARTS[1]),
            },
        ),
        (
            "county",
            Reshape::Close {
                code: "150821100209001".into(),
            },
        ),
        ("county", move_grid(GRIDS[1], PARTS[0])),
        ("township", move_grid(GRIDS[1], "150821101001077")),
        (
            "township",
            Reshape::Close {
                code: FAR_GRID.into(),
            },
        ),
    ];
    let commit = server.reader().published();
    for (by, wrong) in tries {
        let said = format!("{wrong:?}");
        assert!(change(&mut server, by, wrong).is_err(), "{said}");
    }
    assert_eq!(server.reader().published(), commit);
}

#[test]
fn a_split_that_a_phone_could_not_hold_names_the_worker() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let into: Vec<Successor> = (100..164)
        .map(|grid| new(&format!("150821100201{grid}")))
        .collect();
    let code = GRIDS[0].into();
    let refused = change(&mut server, "county", Reshape::Split { code, into });
    assert!(
        matches!(&refused, Err(AdminRefusal::Conflict(why)) if why.contains("w1")),
        "{refused:?}"
    );
}
