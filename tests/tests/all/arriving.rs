//! What has arrived stays, on a real server, while the rest is still on its way or will never come.

use crate::harness::{Administration, GRIDS, PlainPhone, RealServer, found_county, wait_for};
use otor_protocol::record::Edit;
use otor_protocol::sync::pace::ContactEnd;
use otor_sim::device::{ExchangeFault, PhoneExchange, Wish};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

struct Scene {
    server: RealServer,
    _folder: tempfile::TempDir,
    phone: PlainPhone,
}

const VISITS: usize = 30;

/// A phone with much to send in small frames.
async fn scene() -> Scene {
    let folder = tempfile::tempdir().expect("a folder");
    let server = RealServer::start(&folder.path().join("data"));
    let administration = Administration::of(server.url());
    found_county(&administration);
    let mut phone = PlainPhone::invited(&administration, server.url(), "d0", "w0").await;
    phone.settle().await;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let now_ms = phone.now_ms();
    let (replica, clock) = phone.phone.desk(now_ms).expect("running");
    for _ in 0..6 {
        replica.note_contact(8_000, ContactEnd::Cut).expect("stored");
    }
    for _ in 0..VISITS {
        let note: String = (0..60)
            .filter_map(|_| char::from_u32(0x4e00 + rng.random_range(0..5_000)))
            .collect();
        let edit = Edit {
            set: vec![("note".into(), note.as_str().into())],
            ..Edit::default()
        };
        let grid = GRIDS[0].parse().expect("a grid");
        replica.create(clock, "visit", grid, &edit).expect("written");
    }
    Scene {
        server,
        _folder: folder,
        phone,
    }
}

fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(story)
}

/// What a phone has to send, as bytes, and where the middle of its fourth frame is: before it are the hello, whole, and
/// two frames of ops.
fn cut_in_the_fourth_frame(phone: &mut PlainPhone) -> (PhoneExchange, Vec<u8>, usize) {
    let exchange = phone.begin(Wish::default());
    let frames = exchange.frames();
    assert!(frames.len() >= 4, "{} frames", frames.len());
    let bytes = phone.request(&exchange);
    let body: usize = frames.iter().map(Vec::len).sum();
    let before = bytes.len() - body + frames[..3].iter().map(Vec::len).sum::<usize>();
    let middle = before + frames[3].len() / 2;
    (exchange, bytes, middle)
}

#[test]
fn frames_are_durable_while_their_request_hangs_half_open() {
    run(async {
        let mut scene = scene().await;
        let phone = &mut scene.phone;
        let (hanging, bytes, sent) = cut_in_the_fourth_frame(phone);
        // Then silence.
        phone.send(&bytes[..sent]).await;
        let half_open = phone.abandon();

        // The centre sees them, while the request still hangs.
        let administration = Administration::of(scene.server.url());
        wait_for("frames of a request that hangs", || {
            administration
                .through()
                .into_values()
                .find(|through| *through > 0)
        });
        // The question of a second connection is answered with what has come.
        let acked = phone.ask().await.welcome.map_or(0, |welcome| welcome.acked);
        assert!((1..VISITS as u64).contains(&acked), "{acked}");

        // What the half-dead connection still brings changes nothing, and is told so.
        let second = phone.abandon();
        phone.resume(half_open);
        phone.send(&bytes[sent..]).await;
        let told = phone.take_fault(hanging).await;
        assert!(
            matches!(told, ExchangeFault::Refused(_) | ExchangeFault::Unusable(_)),
            "{told:?}"
        );
        phone.resume(second);
        phone.settle().await;
        assert_eq!(phone.phone.unsent(), Some(0));
    });
}

#[test]
fn frames_are_kept_that_arrive_together_with_a_damaged_one() {
    run(async {
        let mut scene = scene().await;
        let phone = &mut scene.phone;
        let (_exchange, mut bytes, damaged) = cut_in_the_fourth_frame(phone);
        bytes[damaged] ^= 0xff;
        phone.send(&bytes).await;
        // That it was of no use, the phone need not hear.
        let hung_up = phone.abandon();
        let administration = Administration::of(scene.server.url());
        wait_for("the sound frames of a damaged request", || {
            administration
                .through()
                .into_values()
                .find(|through| *through > 0)
        });
        drop(hung_up);
        phone.settle().await;
        assert_eq!(phone.phone.unsent(), Some(0));
    });
}

#[test]
fn phone_stores_each_piece_of_a_reply_before_the_next_has_come() {
    run(async {
        let mut scene = scene().await;
        scene.phone.settle().await;
        // A new phone of the same worker takes the area anew.
        let administration = Administration::of(scene.server.url());
        let mut fresh = PlainPhone::invited(&administration, scene.server.url(), "d9", "w0").await;
        let now_ms = fresh.now_ms();
        let (replica, _) = fresh.phone.desk(now_ms).expect("running");
        for _ in 0..6 {
            replica.note_contact(2_000, ContactEnd::Cut).expect("stored");
        }
        let exchange = fresh.begin(Wish::default());
        let request = fresh.request(&exchange);
        fresh.send(&request).await;
        let mut counts = Vec::new();
        let report = fresh
            .take_watching(exchange, |phone| {
                // As after the battery was taken out: only what is stored counts.
                let stored = phone.snapshot().expect("enrolled");
                let mut twin = otor_sim::device::Phone::new("d9", "w0", phone.clock, 7);
                twin.restore(&stored).expect("a good backup");
                counts.push(twin.replica().expect("running").mirror().count());
            })
            .await;
        assert!(report.complete && report.frames >= 4, "{report:?}");
        assert_eq!(counts.last(), Some(&VISITS));
        let growing = counts.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert!(growing >= 4, "{counts:?}");
    });
}
