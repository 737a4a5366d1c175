//! What ten thousand waiting phones cost a real server. Not part of every run: it takes minutes, Linux, and
//! `ulimit -n 11000` or more. Run it with
//! `cargo test --release -p otor-tests --test all ten_thousand -- --ignored --nocapture`.

use crate::harness::{Administration, PlainPhone, RealServer};
use otor_sim::device::{PhoneExchange, Wish};
use serde_json::json;
use std::fs;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

const PHONES: usize = 10_000;
const WORKERS: usize = 1_000;
const GRIDS: usize = 500;
/// Phones being brought at the same time.
const AT_ONCE: usize = 64;
const COST_MB_MAX: u64 = 200;

fn grid(worker: usize) -> String {
    let number = worker % GRIDS;
    format!("1508211002{:02}{:03}", number / 20, number % 20 + 1)
}

/// The memory a process has in RAM, in bytes.
pub fn resident_bytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes.expect("a size").parse::<u64>().expect("a number") * 1_024
}

fn open_files_max() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").expect("Linux");
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    soft.expect("a limit").parse().unwrap_or(usize::MAX)
}

fn found(administration: &Administration) {
    let areas: String = (0..GRIDS)
        .map(|number| format!("{0},grid {0},grid\n", grid(number)))
        .collect();
    administration.import("areas/import", &format!("code,name,level\n{areas}"));
    let workers: String = (0..WORKERS)
        .map(|number| format!("w{number},worker,{}\n", grid(number)))
        .collect();
    administration.import("workers/import", &format!("code,name,areas\n{workers}"));
}

/// Enrols the phones and brings each to where nothing is left either way.
async fn settled_phones(administration: &Arc<Administration>, url: &str) -> Vec<PlainPhone> {
    let mut bringing = JoinSet::new();
    let mut phones = Vec::new();
    for number in 0..PHONES {
        if bringing.len() >= AT_ONCE {
            phones.extend(bringing.join_next().await.map(|phone| phone.expect("a phone")));
        }
        let (administration, url) = (Arc::clone(administration), url.to_owned());
        bringing.spawn(async move {
            let worker = format!("w{}", number % WORKERS);
            let inviting = worker.clone();
            let code = tokio::task::spawn_blocking(move || administration.invite(&inviting)).await;
            let name = format!("d{number}");
            let mut phone = PlainPhone::enrolled(&url, &name, &worker, &code.expect("a code")).await;
            phone.settle().await;
            phone.abandon();
            phone
        });
    }
    phones.extend(bringing.join_all().await);
    phones
}

/// Every phone asks to wait, on a connection of its own.
async fn all_wait(phones: &mut [PlainPhone]) -> Vec<PhoneExchange> {
    let wish = Wish {
        wait_ms: 25_000,
        ..Wish::default()
    };
    let mut waiting = Vec::new();
    for phone in phones {
        let exchange = phone.begin(wish);
        let request = phone.request(&exchange);
        phone.send(&request).await;
        waiting.push(exchange);
    }
    waiting
}

#[test]
#[ignore = "takes minutes, and eleven thousand open files"]
fn ten_thousand_waiting_phones_cost_the_server_less_than_200_mb() {
    assert!(
        open_files_max() > PHONES + 500,
        "first: ulimit -n {}",
        PHONES + 1_000
    );
    let folder = tempfile::tempdir().expect("a folder");
    let server = RealServer::start(&folder.path().join("data"));
    let administration = Arc::new(Administration::of(server.url()));
    found(&administration);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut phones = settled_phones(&administration, server.url()).await;
        let before = resident_bytes(server.process_id());
        let mut waiting = all_wait(&mut phones).await;
        // The last ones have been read when this is answered, or soon after.
        administration.get("status");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let with_them = resident_bytes(server.process_id());
        let cost = with_them.saturating_sub(before);
        println!(
            "{PHONES} waiting phones: {} MB of memory, {} MB without them, so {} MB, {} bytes each",
            with_them / 1_000_000,
            before / 1_000_000,
            cost / 1_000_000,
            cost / PHONES as u64,
        );
        assert!(cost < COST_MB_MAX * 1_000_000, "{cost} bytes");

        // They do wait, and one of them is told at once.
        let last = phones.last_mut().expect("phones");
        let worker = last.phone.worker.clone();
        let number: usize = worker[1..].parse().expect("a number");
        let task = json!({"title": "查看水井", "area": grid(number), "assignee": worker});
        administration.post("tasks", &task);
        let told = last.take(waiting.pop().expect("the last exchange"));
        let report = tokio::time::timeout(Duration::from_secs(5), told).await;
        assert_eq!(report.expect("told at once").items, 1);
    });
}
