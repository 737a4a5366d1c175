//! Requests and replies changed on their way, at random: server and phone take what is authentic, refuse the rest,
//! and lose nothing. `OTOR_FUZZ_SECONDS` says for how long.

use crate::field::{Field, GRID};
use bolero::check;
use otor_protocol::ids::RecordId;
use otor_sim::device::{Crossing, Phone};
use otor_tests::changes::{Change, changed};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// More than this many unsent ops are not written.
const UNSENT_MAX: usize = 20;

struct Scene {
    field: Field,
    phone: Phone,
    written: BTreeSet<RecordId>,
}

impl Scene {
    /// An exchange of which the request or the reply is changed.
    fn exchange(&mut self, changes_request: bool, changes: &[Change]) {
        if self.phone.unsent() < Some(UNSENT_MAX) {
            let record = self.field.write(&mut self.phone, GRID);
            self.written.insert(record);
        }
        self.field.now_ms += 1_000;
        let now_ms = self.field.now_ms;
        let mut exchange = self.phone.begin_exchange(now_ms, 0).expect("a request");
        let mut request = exchange.frames().concat();
        if changes_request {
            request = changed(&request, changes);
        }
        let mut serving = self.field.server.open_exchange().expect("a running server");
        let reply = self.field.server.receive(&mut serving, &request, now_ms);
        if let Some(mut reply) = reply.expect("the server goes on") {
            if !changes_request {
                reply = changed(&reply, changes);
            }
            // What is not authentic is refused; what came before it stays.
            let _ = exchange.handle_bytes(&mut self.phone, &reply);
        }
        exchange
            .finish(&mut self.phone, &Crossing::default())
            .expect("durable");
    }
}

#[test]
fn exchanges_changed_on_their_way_break_nothing_and_lose_nothing() {
    let mut field = Field::new();
    let phone = field.phone("a");
    let scene = Mutex::new(Scene {
        field,
        phone,
        written: BTreeSet::new(),
    });
    let given = std::env::var("OTOR_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    // It is not used again after a panic.
    let shared = AssertUnwindSafe(&scene);
    check!()
        .with_test_time(Duration::from_secs_f64(given.unwrap_or(2.0)))
        .with_type::<(bool, Vec<Change>)>()
        .for_each(|(changes_request, changes)| {
            let shared = &shared;
            let mut scene = shared.lock().unwrap_or_else(PoisonError::into_inner);
            scene.exchange(*changes_request, changes);
        });
    let Scene {
        mut field,
        mut phone,
        written,
    } = scene.into_inner().expect("no panic");
    // Undisturbed, they come to agree.
    for _ in 0..4 {
        field.exchange(&mut phone, 0, usize::MAX);
    }
    field.sync(&mut phone);
    assert_eq!(phone.unsent(), Some(0));
    let mut other = field.phone("b");
    field.sync(&mut other);
    let seen = other.replica().expect("a running phone").records();
    assert_eq!(seen.collect::<BTreeSet<RecordId>>(), written);
    assert!(written.len() > 10, "{} records were written", written.len());
}
