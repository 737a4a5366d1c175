//! `otor pull` during writes: the rows of incremental pulls, each laid over the row of the same id, are what one
//! full pull gives.

use crate::harness::phones::settle;
use crate::harness::{
    Administration, FieldPhone, GRIDS, Merged, RealServer, WORKERS, found_county, printed, stderr, wait_for,
};
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// How often the centre does something between two pulls.
const INTERFERENCES: u32 = 8;

/// A client that pulls now and then and keeps what it got.
struct Puller {
    selection: &'static str,
    state: PathBuf,
    output: PathBuf,
    merged: Merged,
    pulls_with_rows: u32,
    /// State and id of every row that ever came.
    seen: BTreeSet<(String, String)>,
}

impl Puller {
    fn new(folder: &Path, name: &str, selection: &'static str) -> Self {
        Puller {
            selection,
            state: folder.join(format!("{name}.state")),
            output: folder.join(format!("{name}.ndjson")),
            merged: Merged::default(),
            pulls_with_rows: 0,
            seen: BTreeSet::new(),
        }
    }

    /// Pulls what has changed since the last time.
    fn pull(&mut self, server: &RealServer) {
        let mut command = server.command(&format!("pull {}", self.selection));
        command
            .arg("--state")
            .arg(&self.state)
            .arg("--output")
            .arg(&self.output);
        printed(&command.output().expect("otor can be run"));
        let rows = fs::read_to_string(&self.output).expect("the output");
        self.pulls_with_rows += u32::from(self.merged.lay_over(&rows) > 0);
        for row in rows.lines() {
            let row: serde_json::Value = serde_json::from_str(row).expect("a row");
            let text = |name: &str| row[name].as_str().expect("text").to_owned();
            self.seen.insert((text("state"), text("id")));
        }
    }

    /// What one full pull of the same selection gives.
    fn full(&self, server: &RealServer) -> Merged {
        let pulled = server.command(&format!("pull {}", self.selection)).output();
        Merged::of(&printed(&pulled.expect("otor can be run")))
    }

    fn has_seen(&self, state: &str) -> bool {
        self.seen.iter().any(|(seen, _)| seen == state)
    }
}

/// A worker's day, until it is over: visits with a note afterwards, reports that the worker does not touch again.
async fn work(phone: FieldPhone, grid: &'static str, is_over: Arc<AtomicBool>) {
    let mut round = 0;
    while !is_over.load(Ordering::Relaxed) {
        let household = format!("{grid}-{round:03}");
        let visit = phone.visit(grid, &household, &format!("visit {round}"));
        if round % 4 == 0 {
            let fields = [
                ("title", Value::Text(format!("report {round}"))),
                ("phone", "13800000000".into()),
            ];
            phone.create("report", grid, &fields);
        }
        phone.sync_once().await;
        let mut edit = Edit::default();
        edit.append.push(("notes".to_owned(), vec!["afterwards".into()]));
        phone.edit(visit, &edit);
        round += 1;
    }
}

/// The centre files one report of the first grid in the second, and erases another. Whether there were two.
fn interfere(administration: &Administration, all: &Merged) -> bool {
    let reports = all
        .0
        .values()
        .filter(|row| row["kind"] == "report" && row["state"] == "live" && row["area"] == GRIDS[0]);
    let ids: Vec<&str> = reports.filter_map(|row| row["id"].as_str()).collect();
    let [moved, erased, ..] = ids.as_slice() else {
        return false;
    };
    administration.post(&format!("records/{moved}/relocate"), &json!({"area": GRIDS[1]}));
    administration.post(&format!("records/{erased}/erase"), &json!({}));
    true
}

struct Day {
    server: RealServer,
    administration: Administration,
    phones: Vec<FieldPhone>,
    runtime: Runtime,
}

fn day(folder: &Path, workers: usize) -> Day {
    let server = RealServer::start(&folder.join("data"));
    let administration = Administration::of(server.url());
    found_county(&administration);
    let runtime = Runtime::new().expect("a runtime");
    let enrol = |(worker, _): &(&str, _)| {
        runtime.block_on(FieldPhone::invited(&administration, server.url(), worker, worker))
    };
    let phones = WORKERS.iter().take(workers).map(enrol).collect();
    Day {
        server,
        administration,
        phones,
        runtime,
    }
}

#[test]
fn incremental_pulls_during_writes_add_up_to_one_full_pull() {
    let folder = tempfile::tempdir().expect("a folder");
    let day = day(folder.path(), 4);
    let is_over = Arc::new(AtomicBool::default());
    let working: Vec<JoinHandle<()>> = day
        .phones
        .iter()
        .zip(WORKERS)
        .map(|(phone, (_, areas))| {
            day.runtime
                .spawn(work(phone.clone(), areas[0], Arc::clone(&is_over)))
        })
        .collect();
    let mut pullers = [
        Puller::new(folder.path(), "all", ""),
        Puller::new(folder.path(), "grid", "--area 150821100201001"),
        Puller::new(folder.path(), "reports", "--kind report"),
    ];
    let mut interferences = 0;
    wait_for("a day with pulls in it", || {
        for puller in &mut pullers {
            puller.pull(&day.server);
        }
        interferences += u32::from(interfere(&day.administration, &pullers[0].merged));
        (interferences >= INTERFERENCES).then_some(())
    });
    is_over.store(true, Ordering::Relaxed);
    for one in working {
        day.runtime.block_on(one).expect("a day without panic");
    }
    day.runtime.block_on(settle(&day.phones));
    for puller in &mut pullers {
        puller.pull(&day.server);
        let full = puller.full(&day.server);
        assert_eq!(puller.merged, full, "{}", puller.selection);
        assert!(
            puller.pulls_with_rows >= INTERFERENCES,
            "{}: hardly any pull fell into the day",
            puller.selection
        );
        assert!(
            puller.has_seen("live") && puller.has_seen("erased"),
            "{}",
            puller.selection
        );
    }
    assert!(pullers[1].has_seen("left"), "no report was filed out of the grid");
    pullers[0]
        .merged
        .assert_sound(&day.phones, &day.administration, &BTreeSet::new());
}

/// The rows of a CSV file by id, each cell by its column's name.
fn csv_rows(bytes: &[u8]) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = bytes
        .strip_prefix("\u{feff}".as_bytes())
        .expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text);
    let rows = reader
        .deserialize()
        .map(|row| row.expect("a row of the header's columns"));
    rows.map(|row: BTreeMap<String, String>| (row["id"].clone(), row))
        .collect()
}

#[test]
fn csv_pulls_keep_fifteen_digit_codes_and_add_up_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let day = day(folder.path(), 2);
    let (state, output) = (
        folder.path().join("visits.state"),
        folder.path().join("visits.csv"),
    );
    let pull = || {
        let mut command = day.server.command("pull --kind visit --format csv");
        command.arg("--state").arg(&state).arg("--output").arg(&output);
        printed(&command.output().expect("otor can be run"));
        fs::read(&output).expect("the output")
    };
    let mut merged = csv_rows(&pull());
    let mut written = BTreeMap::new();
    for round in 0..3 {
        for phone in &day.phones {
            // A code that a spreadsheet would round, and a note that it would calculate.
            let household = format!("15082110020{}{round:03}", 1000 + round);
            let id = phone.visit(GRIDS[0], &household[..15], "=1+1, 老人独居\n第二行");
            written.insert(id.to_string(), household[..15].to_owned());
        }
        day.runtime.block_on(settle(&day.phones));
        merged.extend(csv_rows(&pull()));
    }
    assert!(csv_rows(&pull()).is_empty(), "nothing has changed since");
    let full = day.server.command("pull --kind visit --format csv").output();
    let full = printed(&full.expect("otor can be run"));
    assert_eq!(merged, csv_rows(full.as_bytes()));
    assert_eq!(merged.len(), written.len());
    for (id, household) in &written {
        let row = &merged[id];
        assert_eq!(row["household"], format!("\t{household}"));
        assert_eq!(row["area"], format!("\t{}", GRIDS[0]));
        assert_eq!(row["note"], "'=1+1, 老人独居\n第二行");
    }
    assert!(
        full.lines()
            .next()
            .is_some_and(|header| header.contains(",household,"))
    );
    assert_eq!(full.matches("\r\n").count(), written.len() + 1);
}

#[test]
fn a_pull_from_a_server_that_is_gone_leaves_state_and_output_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut day = day(folder.path(), 1);
    let mut puller = Puller::new(folder.path(), "all", "");
    day.phones[0].visit(GRIDS[0], GRIDS[0], "before");
    day.runtime.block_on(day.phones[0].sync());
    puller.pull(&day.server);
    let files = || {
        (
            fs::read(&puller.state).expect("a state"),
            fs::read(&puller.output).expect("rows"),
        )
    };
    let before = files();
    day.server.kill();
    let mut command = day.server.command("pull");
    command
        .arg("--state")
        .arg(&puller.state)
        .arg("--output")
        .arg(&puller.output);
    let output = command.output().expect("otor can be run");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(files(), before);
    day.server.up();
    day.phones[0].visit(GRIDS[0], GRIDS[0], "after");
    day.runtime.block_on(day.phones[0].sync());
    puller.pull(&day.server);
    assert_eq!(puller.merged.0.len(), 2);
    assert_eq!(puller.merged, puller.full(&day.server));
}
