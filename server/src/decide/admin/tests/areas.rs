//! Importing areas.

use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::area::{AreaRow, import};
use crate::decide::admin::{IMPORT_ROWS_MAX, token_hash};
use crate::service::directory;
use crate::state::read;
use crate::test_server::{COUNTY, FAR_GRID, GRIDS, TestServer};

fn row(row: u64, code: &str, name: &str, level: &str) -> AreaRow {
    AreaRow {
        row,
        code: code.into(),
        name: name.into(),
        level: level.into(),
    }
}

fn name_of(server: &TestServer, code: &str) -> Option<String> {
    let code = code.parse().expect("a code");
    let cell = read::area(&server.reader().snapshot(), &code).expect("the state can be read");
    cell.map(|cell| cell.name)
}

#[test]
fn good_rows_are_imported_and_bad_ones_listed() {
    let mut server = TestServer::new();
    let rows = vec![
        row(2, "150822", "磴口县", "county"),
        row(3, "15082", "五位", "county"),
        row(4, "150823", "  ", ""),
        row(5, "150824100", "海流图镇", "village"),
        row(6, GRIDS[0], &format!("area {}", GRIDS[0]), "grid"),
    ];
    let answer = server.county(move |desk, account| import(desk, account, &rows));
    let answer = answer.expect("an import");
    assert_eq!((answer.taken, answer.imported, answer.unchanged), (5, 1, 1));
    let bad: Vec<u64> = answer.errors.iter().map(|error| error.row).collect();
    assert_eq!(bad, [3, 4, 5]);
    assert_eq!(name_of(&server, "150822").as_deref(), Some("磴口县"));
}

#[test]
fn missing_ancestors_are_created_and_named_when_their_row_comes() {
    let mut server = TestServer::new();
    let rows = vec![
        row(2, "150825102003001", "grid", "grid"),
        row(3, "150825", "乌拉特后旗", "county"),
    ];
    let answer = server.county(move |desk, account| import(desk, account, &rows));
    assert_eq!(answer.expect("an import").imported, 2);
    assert_eq!(name_of(&server, "150825102003").as_deref(), Some("150825102003"));
    assert_eq!(name_of(&server, "150825").as_deref(), Some("乌拉特后旗"));
    let county = read::person_by_code(&server.reader().snapshot(), "county").expect("readable");
    let listed = directory::areas(&server.reader().snapshot(), &county.expect("county"), "150825");
    let listed: Vec<_> = listed
        .expect("readable")
        .into_iter()
        .map(|area| area.level)
        .collect();
    assert_eq!(listed, ["county", "township", "village", "grid"]);
}

#[test]
fn handles_are_never_given_twice() {
    let mut server = TestServer::new();
    for code in ["150826", "150827"] {
        let rows = vec![row(2, code, "again", ""), row(3, GRIDS[0], code, "")];
        let answer = server.county(move |desk, account| import(desk, account, &rows));
        assert_eq!(answer.expect("an import").imported, 2);
    }
    let view = server.reader();
    let cells =
        read::under::<crate::state::cell::AreaCell>(&view.snapshot(), &crate::state::key::areas_under(""));
    let cells = cells.expect("readable");
    let handles: std::collections::BTreeSet<u32> = cells.iter().map(|(_, cell)| cell.handle).collect();
    assert_eq!(handles.len(), cells.len());
}

#[test]
fn an_account_imports_only_within_its_area() {
    let mut server = TestServer::new();
    let request = NewAccount {
        name: "township".into(),
        level: "township".into(),
        area: Some("150821100".into()),
    };
    let created = server.county(move |desk, own| account::create(desk, own, &request, token_hash("t")));
    created.expect("an account");
    let rows = vec![
        row(2, "150821100201003", "inside", ""),
        row(3, FAR_GRID, "outside", ""),
        row(4, COUNTY, "above", ""),
    ];
    let answer = server.account("township", move |desk, own| import(desk, own, &rows));
    let answer = answer.expect("an import");
    let bad: Vec<u64> = answer.errors.iter().map(|error| error.row).collect();
    assert_eq!((answer.imported, bad), (1, vec![3, 4]));
}

#[test]
fn a_commit_takes_no_more_rows_than_its_bound() {
    let mut server = TestServer::new();
    let rows: Vec<AreaRow> = (0..IMPORT_ROWS_MAX + 20)
        .map(|number| row(2, &format!("150821100202{:03}", number + 1), "grid", "grid"))
        .collect();
    let answer = server.county(move |desk, account| import(desk, account, &rows));
    assert_eq!(answer.expect("an import").taken, IMPORT_ROWS_MAX);
}
