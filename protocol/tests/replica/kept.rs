//! How long a phone keeps what the server has: thirty days from when it heard so, whenever it was written.

use super::copies::fork_at;
use super::in_turn::let_in;
use super::*;
use otor_protocol::ids::Dot;

const DAY_MS: i64 = 86_400_000;
/// When the first exchange of these tests takes place: the phone was in the dark for forty days.
const HEARD_MS: i64 = CLOCK.wall_ms + 40 * DAY_MS;

/// An exchange so many days after the first one, in which everything unsent is accepted.
fn exchange_after(replica: &mut Replica<Shelf>, days: i64) {
    let mut exchange = begin(replica, (100 + days) as u32);
    let mut told = welcome(&exchange, &Verdict::Accepted);
    told.server_ms = HEARD_MS + days * DAY_MS;
    let mut reply = sealed(replica, &exchange, &told);
    reply.extend(end());
    exchange
        .handle_bytes(replica, &reply)
        .expect("sound in these tests");
}

/// The visits that the phone still keeps, of those it wrote.
fn kept(replica: &Replica<Shelf>, written: &[Dot]) -> Vec<Dot> {
    let mut dots = written.to_vec();
    dots.retain(|dot| replica.own_op(*dot).is_some());
    dots
}

/// A phone that wrote three visits, and the exchange in which they are accepted forty days later.
fn phone_after_the_dark() -> (Replica<Shelf>, Vec<Dot>) {
    let mut replica = phone();
    let written: Vec<Dot> = (0..3).map(|_| write_visit(&mut replica).0).collect();
    exchange_after(&mut replica, 0);
    assert_eq!(replica.unsent(), 0);
    (replica, written)
}

fn reopened(replica: Replica<Shelf>) -> Replica<Shelf> {
    Replica::open(replica.into_storage()).expect("a sound storage")
}

#[test]
fn work_that_was_long_in_the_dark_is_kept_for_thirty_days_from_when_the_server_has_it() {
    let (mut replica, written) = phone_after_the_dark();
    assert_eq!(
        kept(&replica, &written),
        written,
        "written long ago, heard of now"
    );
    exchange_after(&mut replica, 29);
    assert_eq!(kept(&replica, &written), written);
    let mut replica = reopened(replica);
    exchange_after(&mut replica, 31);
    let last = &written[2..];
    assert_eq!(kept(&replica, &written), last, "the last of its lane stays");
    assert_eq!(kept(&reopened(replica), &written), last, "on its storage too");
}

#[test]
fn what_is_let_in_later_is_kept_from_then_on() {
    let mut replica = phone();
    let written: Vec<Dot> = (0..2).map(|_| write_visit(&mut replica).0).collect();
    let mut exchange = begin(&mut replica, 1);
    let reply = sealed(&replica, &exchange, &welcome(&exchange, &Verdict::Parked));
    exchange.handle_bytes(&mut replica, &reply).unwrap();
    let inbox = empty_pass(ScopeId::inbox(PersonId(5)), Lane::Rest);
    assert_eq!(replica.take_states(&inbox), Ok(true));
    exchange_after(&mut replica, 60);
    assert_eq!(kept(&replica, &written), written, "what waits is kept for ever");
    for (seq, dot) in written.iter().enumerate() {
        let (from, to) = (10 + seq as u64, 11 + seq as u64);
        let_in(&mut replica, Position::after(from), dot.seq, Position::after(to));
    }
    exchange_after(&mut replica, 61);
    exchange_after(&mut replica, 90);
    assert_eq!(kept(&replica, &written), written);
    exchange_after(&mut replica, 92);
    assert_eq!(kept(&replica, &written), &written[1..]);
}

#[test]
fn rows_of_an_app_that_did_not_note_the_time_open_and_are_kept_from_the_next_exchange_on() {
    let (replica, written) = phone_after_the_dark();
    let mut shelf = replica.into_storage();
    for (_, row) in shelf.0.iter_mut().filter(|(key, _)| key[0] == b'o') {
        // The last of eleven fields, nine bytes, and the checksum.
        assert_eq!((row[0], row[row.len() - 13]), (0x9b, 0xcf));
        row.truncate(row.len() - 13);
        row[0] = 0x9a;
        row.extend(crc32fast::hash(row).to_le_bytes());
    }
    let mut replica = Replica::open(shelf).expect("rows of before");
    assert_eq!(kept(&replica, &written), written);
    exchange_after(&mut replica, 50);
    let mut replica = reopened(replica);
    exchange_after(&mut replica, 79);
    assert_eq!(kept(&replica, &written), written);
    exchange_after(&mut replica, 81);
    assert_eq!(kept(&replica, &written), &written[2..]);
}

#[test]
fn what_a_copy_is_told_after_a_long_dark_is_kept_from_the_next_welcome_on() {
    let mut replica = phone();
    exchange_after(&mut replica, -40);
    let written: Vec<Dot> = (0..2).map(|_| write_visit(&mut replica).0).collect();
    // The refusal that finds the phone a copy says what became of them, and not what time it is.
    let forked = fork_at(&replica, [0, 0, 2], 0);
    replica.take_fork(&forked).unwrap();
    assert_eq!(replica.unsent(), 0);
    for days in [0, 29] {
        exchange_after(&mut replica, days);
        assert_eq!(kept(&replica, &written), written, "after {days} days");
    }
    exchange_after(&mut replica, 31);
    assert_eq!(kept(&replica, &written), [], "of former actors all goes");
}
