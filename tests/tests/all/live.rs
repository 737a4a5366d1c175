//! Phones that wait: they are told at once what concerns them, and nothing else ends their wait.

use crate::harness::{Administration, FieldPhone, GRIDS, PlainPhone, RealServer, found_county, wait_for};
use otor_protocol::ids::{DeviceId, RecordId};
use otor_protocol::sync::device::ExchangeReport;
use otor_protocol::sync::pace::Pace as ContactPace;
use otor_sim::device::{ExchangeFault, PhoneExchange, Wish};
use otor_sim::transport::{Pace, stay_live};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longer than any test here lasts.
const LONG: Wish = Wish {
    reply_budget_bytes: 0,
    request_budget_bytes: 0,
    is_bare: false,
    wait_ms: 25_000,
};
/// What a task may take from the centre's request to the phone's mirror.
const AT_ONCE: Duration = Duration::from_millis(100);

#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}

struct Scene {
    server: RealServer,
    administration: Administration,
    _folder: tempfile::TempDir,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().expect("a folder");
    let server = RealServer::start(&folder.path().join("data"));
    let administration = Administration::of(server.url());
    found_county(&administration);
    Scene {
        server,
        administration,
        _folder: folder,
    }
}

impl Scene {
    async fn settled_phone(&self, name: &str, worker: &str) -> PlainPhone {
        let url = self.server.url();
        let mut phone = PlainPhone::invited(&self.administration, url, name, worker).await;
        phone.settle().await;
        phone
    }

    /// When the server last heard of a phone.
    fn last_seen(&self, phone: DeviceId) -> Value {
        let devices = self.administration.get("devices");
        let mut devices = devices["devices"].as_array().expect("a list").iter();
        let found = devices.find(|device| device["id"] == phone.0);
        found.expect("the phone")["last_seen"].clone()
    }

    fn assign(&self, grid: &str, worker: &str) -> RecordId {
        let task = json!({"title": "查看水井", "area": grid, "assignee": worker});
        let made = self.administration.post("tasks", &task);
        made["id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("a record's id")
    }
}

async fn wait_on(phone: &mut PlainPhone, wish: Wish) -> PhoneExchange {
    let exchange = phone.begin(wish);
    let request = phone.request(&exchange);
    phone.send(&request).await;
    exchange
}

fn brought_nothing(report: &ExchangeReport) -> bool {
    report.complete && !report.progress() && !report.more
}

fn in_real_time<T>(story: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(story)
}

#[test]
fn a_task_reaches_a_waiting_phone_at_once() {
    in_real_time(async {
        let scene = scene();
        let mut phone = scene.settled_phone("d0", "w0").await;
        let mut took = Vec::new();
        for _ in 0..15 {
            let waiting = wait_on(&mut phone, LONG).await;
            let began = now();
            let task = scene.assign(GRIDS[0], "w0");
            let report = phone.take(waiting).await;
            took.push(began.elapsed());
            let replica = phone.phone.replica().expect("running");
            assert!(report.complete && replica.mirrored(task).is_some());
        }
        took.sort();
        println!("from the centre's request to the phone: {took:?}");
        // Half of them: the others may have waited for another test's use of the machine.
        assert!(took[took.len() / 2] < AT_ONCE, "{took:?}");
    });
}

#[test]
fn wait_in_which_nothing_happens_ends_as_a_complete_reply() {
    in_real_time(async {
        let scene = scene();
        let mut phone = scene.settled_phone("d0", "w0").await;
        let wish = Wish { wait_ms: 400, ..LONG };
        let began = now();
        let report = phone.exchange(wish).await;
        assert!(brought_nothing(&report));
        assert!(began.elapsed() >= Duration::from_millis(400));
    });
}

#[test]
fn what_happens_elsewhere_does_not_end_a_wait_and_own_work_is_told_at_once() {
    in_real_time(async {
        let scene = scene();
        // w4 answers for the third grid, w0 for the first.
        let mut phone = scene.settled_phone("d4", "w4").await;
        let wish = Wish {
            wait_ms: 1_000,
            ..LONG
        };
        let began = now();
        let waiting = wait_on(&mut phone, wish).await;
        (0..5).for_each(|_| {
            scene.assign(GRIDS[0], "w0");
        });
        assert!(brought_nothing(&phone.take(waiting).await));
        assert!(began.elapsed() >= Duration::from_secs(1));

        let now_ms = phone.now_ms();
        let (replica, clock) = phone.phone.desk(now_ms).expect("running");
        let edit = otor_protocol::record::Edit {
            set: vec![("note".into(), "水井正常".into())],
            ..Default::default()
        };
        let grid = GRIDS[2].parse().expect("a grid");
        replica.create(clock, "visit", grid, &edit).expect("written");
        let report = tokio::time::timeout(Duration::from_secs(20), phone.exchange(LONG)).await;
        assert_eq!(report.expect("no wait").welcome.expect("a welcome").acked, 1);
    });
}

#[test]
fn newer_request_of_the_same_phone_ends_the_wait_of_the_older() {
    in_real_time(async {
        let scene = scene();
        let mut phone = scene.settled_phone("d0", "w0").await;
        let number = phone
            .phone
            .replica()
            .expect("running")
            .identity()
            .certificate
            .device;
        let seen = || scene.last_seen(number);
        let before = seen();
        let older = wait_on(&mut phone, LONG).await;
        wait_for("the older request's arrival", || (seen() != before).then_some(()));
        let older_connection = phone.abandon();
        let began = now();
        phone.settle().await;
        let newer_connection = phone.abandon();
        phone.resume(older_connection);
        let told = phone.take_fault(older).await;
        assert!(
            matches!(told, ExchangeFault::Refused(_) | ExchangeFault::Unusable(_)),
            "{told:?}"
        );
        assert!(began.elapsed() < Duration::from_secs(20));
        drop(newer_connection);
    });
}

#[test]
fn revoking_a_waiting_phone_tells_it_at_once() {
    in_real_time(async {
        let scene = scene();
        let mut phone = scene.settled_phone("d0", "w0").await;
        let waiting = wait_on(&mut phone, LONG).await;
        let device = phone
            .phone
            .replica()
            .expect("running")
            .identity()
            .certificate
            .device
            .0;
        scene
            .administration
            .post(&format!("devices/{device}/revoke"), &json!({}));
        let report = tokio::time::timeout(Duration::from_secs(20), phone.take(waiting)).await;
        assert!(report.expect("told at once").complete);
        assert!(phone.phone.replica().expect("running").is_revoked());
    });
}

#[test]
fn server_that_is_told_to_end_answers_those_who_wait() {
    in_real_time(async {
        let mut scene = scene();
        let mut phone = scene.settled_phone("d0", "w0").await;
        let waiting = wait_on(&mut phone, LONG).await;
        // Whoever is answered by now has seen the request before.
        scene.administration.get("status");
        let began = now();
        scene.server.ask_to_end();
        assert!(brought_nothing(&phone.take(waiting).await));
        scene.server.terminate();
        assert!(began.elapsed() < Duration::from_secs(20));
    });
}

#[test]
fn a_phone_in_the_foreground_is_told_at_once_and_gives_its_wait_up_when_its_worker_writes() {
    in_real_time(async {
        let scene = scene();
        let url = scene.server.url();
        let mut phone = FieldPhone::invited(&scene.administration, url, "d0", "w0").await;
        phone.route.pace = Pace::of_machine(1.0);
        let staying = phone.clone();
        let live = tokio::spawn(async move { stay_live(&staying.shared, &staying.route).await });
        let holds = |task: RecordId| phone.records().contains(&task);
        for _ in 0..3 {
            let began = now();
            let task = scene.assign(GRIDS[0], "w0");
            wait_for("the task", || holds(task).then_some(()));
            assert!(began.elapsed() < Duration::from_secs(5));
            // While it waits the worker writes: that goes at once, and not after the wait.
            let began = now();
            phone.visit(GRIDS[0], "031", "水井正常");
            let unsent = || phone.lock().unsent();
            wait_for("the acknowledgement", || (unsent() == Some(0)).then_some(()));
            assert!(began.elapsed() < Duration::from_secs(5));
        }
        live.abort();
        assert!(live.await.expect_err("it never ends by itself").is_cancelled());
        // A wait that was given up says nothing of the link.
        let phone = phone.lock();
        let pace = phone.replica().expect("running").pace();
        assert_eq!(pace.reply_bytes_max(), None);
        assert!(pace.frame_aim() >= ContactPace::default().frame_aim());
        assert_eq!(phone.replica().expect("running").incidents(), []);
    });
}
