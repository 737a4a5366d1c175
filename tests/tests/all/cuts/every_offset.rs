//! A cut at every byte of the standard exchange, up and down. Every offset is really cut. What is left of a cut is
//! what the server has committed and what the phone has stored; from each such state that occurs, the exchange goes
//! on to its end, with a bare question first and without.

use super::standard::{Crosses, Run, Standard, restored};
use otor_sim::device::{PhoneExchange, Snapshot};

fn finishes(mut run: Run, what: &str) -> usize {
    let attempts = run.finish();
    run.sound();
    assert!(attempts <= 4, "{what}: {attempts} attempts");
    attempts
}

fn snapshot(run: &mut Run) -> Snapshot {
    run.phone.snapshot().expect("enrolled")
}

fn begin(run: &mut Run) -> PhoneExchange {
    run.phone.begin_exchange(run.field.now_ms, 0).expect("running")
}

#[test]
fn cut_at_every_byte_up_keeps_the_complete_frames_and_ends_well() {
    cut_at_every_byte_up(&Standard::new());
}

#[test]
fn cut_at_every_byte_up_of_what_is_packed_lightly_too() {
    cut_at_every_byte_up(&Standard::on_a_good_link());
}

fn cut_at_every_byte_up(standard: &Standard) {
    let mut run = standard.run(2);
    let exchange = begin(&mut run);
    let request = exchange.frames().concat();
    let phone = snapshot(&mut run);
    let mut serving = run.field.server.open_exchange().expect("running");
    let mut committed = None;
    let mut states = 0;
    for cut in 0..request.len() {
        let published = run.field.server.reader().expect("running").published();
        if committed != Some(published) {
            committed = Some(published);
            states += 1;
            finishes(
                standard.run_from(&run.field.server, &phone, 3),
                &format!("up, byte {cut}"),
            );
            // Asking first what has come.
            let mut asking = standard.run_from(&run.field.server, &phone, 3);
            asking.attempt(|_| Crosses {
                up: usize::MAX,
                down: 0,
            });
            finishes(asking, &format!("up, byte {cut}, reply lost"));
        }
        let now_ms = run.field.now_ms;
        let reply = run
            .field
            .server
            .receive(&mut serving, &request[cut..=cut], now_ms);
        assert_eq!(
            reply.expect("running").is_some(),
            cut + 1 == request.len(),
            "byte {cut}"
        );
    }
    // Every op frame was a state of its own: none waits for the next.
    assert_eq!(states, exchange.frames().len() - 1);
}

#[test]
fn cut_at_every_byte_down_keeps_the_complete_frames_and_ends_well() {
    cut_at_every_byte_down(&Standard::new());
}

#[test]
fn cut_at_every_byte_down_of_what_is_packed_lightly_too() {
    cut_at_every_byte_down(&Standard::on_a_good_link());
}

fn cut_at_every_byte_down(standard: &Standard) {
    let mut run = standard.run(2);
    let mut exchange = begin(&mut run);
    let request = exchange.frames().concat();
    let mut serving = run.field.server.open_exchange().expect("running");
    let now_ms = run.field.now_ms;
    let reply = run.field.server.receive(&mut serving, &request, now_ms);
    let reply = reply.expect("running").expect("a whole reply");
    let mut stored = None;
    let mut states = 0;
    for (cut, byte) in reply.iter().enumerate() {
        let now = snapshot(&mut run);
        if stored.as_ref() != Some(&now) {
            states += 1;
            finishes(
                standard.run_from(&run.field.server, &now, 3),
                &format!("down, byte {cut}"),
            );
            stored = Some(now);
        }
        exchange
            .handle_bytes(&mut run.phone, &[*byte])
            .expect("a good reply");
    }
    assert!(exchange.report().complete);
    // Before the welcome, after it, and after every frame but the end.
    assert_eq!(states, exchange.report().frames as usize + 2);
}

#[test]
fn every_cut_leads_to_the_same_records() {
    lead_to_the_same_records(&Standard::new());
}

#[test]
fn every_cut_of_what_is_packed_lightly_leads_to_the_same_records() {
    lead_to_the_same_records(&Standard::on_a_good_link());
}

fn lead_to_the_same_records(standard: &Standard) {
    let mut whole = standard.run(2);
    assert!(whole.finish() <= 2);
    let expected = whole.sound();
    let mut cut = 0;
    loop {
        cut += 997;
        let mut run = standard.run(4);
        let done = run.attempt(|request| Crosses {
            up: cut,
            down: cut.saturating_sub(request),
        });
        run.finish();
        assert!(run.sound() == expected, "cut after {cut} bytes");
        if done {
            break;
        }
    }
}

#[test]
fn phone_that_dies_in_a_reply_goes_on_with_what_it_had_stored() {
    let standard = Standard::new();
    let mut run = standard.run(2);
    run.attempt(|_| Crosses {
        up: usize::MAX,
        down: 2_500,
    });
    run.phone.crash();
    run.phone.start().expect("a storage without faults");
    let stored = snapshot(&mut run);
    run.phone = restored(&stored, 9);
    finishes(run, "a crash");
}
