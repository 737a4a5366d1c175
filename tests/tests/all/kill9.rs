//! Kill −9 during a write storm, twenty times: whatever was acknowledged is there afterwards, once.

use crate::harness::phones::settle;
use crate::harness::{
    Administration, FieldPhone, Merged, RealServer, WORKERS, found_county, printed, wait_for,
};
use otor_protocol::record::Edit;
use otor_protocol::value::Value;
use otor_sim::link::Cut;
use otor_sim::transport::Severing;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Builder;

/// The seed, unless `OTOR_KILL_SEED` gives another.
const SEED: u64 = 9;
/// With so many ops unsent a worker waits for the server.
const UNSENT_MAX: usize = 30;
/// A phone's rest after an exchange that failed, before it tries again.
const REST: Duration = Duration::from_millis(5);

/// What everybody in the storm sees.
#[derive(Default)]
struct Storm {
    is_over: AtomicBool,
    /// Exchanges that ended well.
    exchanges: AtomicU64,
}

/// What goes wrong besides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Troubles {
    None,
    /// Connections break off, and phones crash.
    LinksAndPhones,
}

/// One worker's writing and synchronising, until the storm is over.
async fn work(
    phone: FieldPhone,
    areas: &'static [&'static str],
    troubles: Troubles,
    seed: u64,
    storm: Arc<Storm>,
) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut answered = true;
    while !storm.is_over.load(Ordering::Relaxed) {
        // While the server is away the worker goes on for a while, and then waits for it.
        if answered || phone.lock().unsent() < Some(UNSENT_MAX) {
            for _ in 0..rng.random_range(1..=4) {
                write(&phone, areas, &mut rng);
            }
        }
        let severing = match troubles {
            Troubles::None => Severing::Never,
            Troubles::LinksAndPhones => trouble(&phone, &mut rng),
        };
        answered = phone.sync_severed(severing).await.report.complete;
        if answered {
            storm.exchanges.fetch_add(1, Ordering::Relaxed);
        } else {
            tokio::time::sleep(REST).await;
        }
    }
}

/// The phone crashes, now and then; how its next connection breaks off, if it does.
fn trouble(phone: &FieldPhone, rng: &mut ChaCha8Rng) -> Severing {
    if rng.random_bool(0.1) {
        phone.crash();
    }
    match rng.random_range(0..10) {
        0..2 => Severing::At(Cut::AfterBytes(rng.random_range(1..4_000))),
        2 => Severing::BeforeReply,
        _ => Severing::Never,
    }
}

fn write(phone: &FieldPhone, areas: &[&str], rng: &mut ChaCha8Rng) {
    let grid = areas[rng.random_range(0..areas.len())];
    let known = phone.records();
    let number: u32 = rng.random();
    if known.is_empty() || rng.random_bool(0.5) {
        let household = format!("{grid}-{:03}", number % 40);
        if rng.random_bool(0.8) {
            phone.visit(grid, &household, &format!("老人独居，身体尚好 {number}"));
        } else {
            let fields = [
                ("title", Value::Text(format!("路灯不亮 {number}"))),
                ("severity", Value::Int(2)),
            ];
            phone.create("report", grid, &fields);
        }
        return;
    }
    // Others may be writing into the same record.
    let record = known[rng.random_range(0..known.len())];
    let mut edit = Edit::default();
    edit.append
        .push(("notes".to_owned(), vec![Value::Text(format!("note {number}"))]));
    edit.add.push((
        "tags".to_owned(),
        vec![["a", "b", "c"][number as usize % 3].into()],
    ));
    phone.edit(record, &edit);
}

/// Kills the server at moments that follow from the seed, and starts it again each time; now and then while it
/// is ending in order and brings its table up to date, or before it has come to listen.
fn kill_again_and_again(server: &mut RealServer, storm: &Storm, kills: u32, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let seen = || storm.exchanges.load(Ordering::Relaxed);
    for kill in 0..kills {
        let until = seen() + rng.random_range(1..50);
        wait_for("phones to synchronise", || (seen() >= until).then_some(()));
        // Nothing is awaited here: it is a moment between two events.
        let mut some_time = |most_us| std::thread::sleep(Duration::from_micros(rng.random_range(0..most_us)));
        some_time(8_000);
        if kill % 4 == 1 {
            server.ask_to_end();
            some_time(60_000);
        }
        server.kill();
        if kill % 4 == 3 {
            server.launch();
            some_time(60_000);
            server.kill();
        }
        server.up();
    }
}

/// A storm in which the server is killed so many times: afterwards all is there, once, everywhere.
fn survive(kills: u32, troubles: Troubles) {
    let given = std::env::var("OTOR_KILL_SEED").ok();
    let seed: u64 = given.and_then(|text| text.parse().ok()).unwrap_or(SEED);
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = RealServer::start(&folder.path().join("data"));
    let administration = Administration::of(server.url());
    found_county(&administration);
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let enrol =
        |name, worker| runtime.block_on(FieldPhone::invited(&administration, server.url(), name, worker));
    let mut phones: Vec<FieldPhone> = WORKERS.iter().map(|(worker, _)| enrol(worker, worker)).collect();
    let storm = Arc::new(Storm::default());
    let working: Vec<_> = phones
        .iter()
        .zip(WORKERS)
        .zip(seed..)
        .map(|((phone, (_, areas)), seed)| {
            runtime.spawn(work(phone.clone(), areas, troubles, seed, Arc::clone(&storm)))
        })
        .collect();
    kill_again_and_again(&mut server, &storm, kills, seed);
    storm.is_over.store(true, Ordering::Relaxed);
    for one in working {
        runtime.block_on(one).expect("no panic in the storm");
    }
    let resent: u64 = phones
        .iter()
        .map(|phone| phone.lock().statistics.bytes_resent)
        .sum();
    assert!(resent > 0, "no kill fell into an exchange");
    runtime.block_on(settle(&phones));
    // A phone that comes to all this as new.
    let newcomer = FieldPhone::invited(&administration, server.url(), "newcomer", "w5");
    phones.push(runtime.block_on(newcomer));
    runtime.block_on(phones[phones.len() - 1].sync());
    let merged = Merged::of(&server.full_pull());
    assert!(
        merged.0.len() > 100,
        "it was no storm: {} records",
        merged.0.len()
    );
    merged.assert_sound(&phones, &administration, &BTreeSet::new());
    assert_eq!(administration.kept_aside(), (0, 0));
    server.kill();
    let verified = printed(&server.offline("verify"));
    assert!(verified.contains("what the journal says"), "{verified}");
}

#[test]
fn killed_twenty_times_in_a_storm_of_writes_it_loses_and_doubles_nothing() {
    survive(20, Troubles::None);
}

#[test]
fn killed_while_connections_break_and_phones_crash_it_loses_and_doubles_nothing() {
    survive(8, Troubles::LinksAndPhones);
}
