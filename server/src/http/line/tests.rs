//! Tests of the line: single comers, and a whole morning in virtual time.

use super::*;
use otor_protocol::sync::retry::Retry;
use std::collections::{BTreeMap, VecDeque};

/// By the pace that is reckoned with at first.
const ROOM: usize = 480;
/// And for those who are due.
const ROOM_DUE: usize = 576;

fn comer(now_ms: i64, place: Option<Place>, asks: bool) -> Comer {
    Comer {
        place,
        asks,
        percent: 100,
        now_ms,
        chance: 7,
    }
}

fn line() -> Line {
    Line::new([1; 32])
}

/// A place that is due at once.
fn due(chance: u64) -> Option<Place> {
    Some(Place::new(0, chance << 32, &[1; 32]))
}

fn kept(told: Told) -> Place {
    match told {
        Told::Come(Some(place)) => place,
        other => panic!("{other:?}"),
    }
}

fn waits(told: Told) -> (u64, Place) {
    match told {
        Told::Wait(after_ms, place) => (after_ms, place),
        other @ Told::Come(_) => panic!("{other:?}"),
    }
}

#[test]
fn a_place_is_known_again_by_who_gave_it_and_as_it_was_given() {
    let place = Place::new(1_234_567, u64::MAX, &[1; 32]);
    let text = place.text();
    assert_eq!(Place::read(text.as_bytes(), &[1; 32]), Some(place));
    assert_eq!(Place::read(text.as_bytes(), &[2; 32]), None);
    for bit in 0..PLACE_BYTES * 8 {
        let mut altered = place;
        altered.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            Place::read(altered.text().as_bytes(), &[1; 32]),
            None,
            "bit {bit}"
        );
    }
    for other in ["", "x", &text[1..], &format!("{text}AAAA"), "\u{e9}"] {
        assert_eq!(Place::read(other.as_bytes(), &[1; 32]), None);
    }
}

#[test]
fn who_is_told_that_there_is_room_finds_it_once_and_for_some_seconds() {
    let mut line = line();
    let place = kept(line.come(comer(0, due(1), true), ROOM - 1, || true));
    waits(line.come(comer(1, None, false), ROOM - 1, || true));
    let brings = comer(5_000, Some(place), false);
    assert_eq!(line.come(brings, 10 * ROOM, || true), Told::Come(None));
    waits(line.come(brings, 10 * ROOM, || true));

    let place = kept(line.come(comer(6_000, Some(place), true), 0, || true));
    waits(line.come(comer(6_000 + KEPT_MS, Some(place), false), ROOM_DUE, || true));
    assert!(line.kept.is_empty());
}

#[test]
fn no_more_places_are_kept_than_there_is_room_for_who_is_due() {
    let mut line = line();
    for chance in 0..1_000 {
        line.come(comer(0, due(chance), true), 0, || true);
    }
    assert_eq!(line.kept.len(), ROOM_DUE);
}

#[test]
fn who_asks_again_keeps_one_place() {
    let mut line = line();
    let place = kept(line.come(comer(0, due(1), true), 0, || true));
    for now_ms in 1..1_000 {
        assert_eq!(
            kept(line.come(comer(now_ms, Some(place), true), 0, || true)),
            place
        );
    }
    assert_eq!(line.kept.len(), 1);
}

#[test]
fn nothing_is_kept_for_who_brings_no_place() {
    let mut line = line();
    assert_eq!(line.come(comer(0, None, true), 0, || true), Told::Come(None));
    assert!(line.kept.is_empty());
}

#[test]
fn who_waited_goes_before_who_comes_anew() {
    let mut line = line();
    let (after_ms, place) = waits(line.come(comer(0, None, false), ROOM, || true));
    assert!((WAIT_MS_MIN..=WAIT_MS_MAX).contains(&after_ms));
    for _ in 0..1_000 {
        waits(line.come(comer(0, None, false), ROOM, || true));
    }
    let now_ms = i64::try_from(after_ms).unwrap();
    (0..600).for_each(|_| line.pace.served());
    waits(line.come(comer(now_ms, None, false), ROOM / 2, || true));
    assert_eq!(
        line.come(comer(now_ms, Some(place), false), ROOM - 1, || true),
        Told::Come(None)
    );
}

#[test]
fn who_is_due_is_let_in_where_a_new_one_is_not_and_not_without_end() {
    let mut line = line();
    waits(line.come(comer(1, None, false), ROOM, || true));
    assert_eq!(
        line.come(comer(1, due(1), false), ROOM_DUE - 1, || true),
        Told::Come(None)
    );
    waits(line.come(comer(1, due(2), false), ROOM_DUE, || true));
}

#[test]
fn whoever_finds_no_room_for_its_bytes_takes_none() {
    let mut line = line();
    waits(line.come(comer(0, None, true), 0, || false));
    assert!(line.kept.is_empty());
}

/// A phone of the morning: when it came first, the place it holds, whether it keeps places at all.
#[derive(Clone, Copy)]
struct Waiting {
    came_ms: i64,
    place: Option<Place>,
    keeps: bool,
    asked: u32,
    retry: Retry,
}

#[derive(Default)]
struct Morning {
    /// By when they come next; a number tells those of one moment apart.
    coming: BTreeMap<(i64, u64), Waiting>,
    /// When each was let in that is worked on.
    work: VecDeque<i64>,
    /// What those waited that were let in, in the order of being served.
    inside_ms: Vec<i64>,
    /// What phones waited that keep their places, and what those that do not.
    waited_ms: [Vec<i64>; 2],
    asked: u32,
}

/// Something else for every phone and every time that it asks.
fn chance(number: u64, asked: u32) -> u64 {
    let hash = Sha256::digest([number, asked.into()].map(u64::to_be_bytes).concat());
    hash.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

impl Morning {
    fn come(&mut self, line: &mut Line, (now_ms, number): (i64, u64), mut phone: Waiting) {
        let asks = phone.asked > 0;
        let chance = chance(number, phone.asked);
        phone.asked += 1;
        self.asked += 1;
        let place = phone.place.filter(|_| phone.keeps);
        let comer = Comer {
            chance,
            ..comer(now_ms, place, asks)
        };
        match line.come(comer, self.work.len(), || true) {
            Told::Come(place) => {
                if let Some(place) = place.filter(|_| phone.keeps) {
                    let brings = super::tests::comer(now_ms, Some(place), false);
                    assert_eq!(line.come(brings, usize::MAX / 2, || true), Told::Come(None));
                }
                self.work.push_back(now_ms);
                self.waited_ms[usize::from(!phone.keeps)].push(now_ms - phone.came_ms);
            }
            Told::Wait(after_ms, place) => {
                phone.place = Some(place);
                let jitter = (chance >> 54) as f64 / 1_024.0;
                let wait_ms = phone.retry.failed(jitter, Some(after_ms));
                let again_ms = now_ms + i64::try_from(wait_ms).unwrap();
                self.coming.insert((again_ms, number), phone);
            }
        }
    }
}

/// Three times as many come as can be served, for a minute; a quarter of them knows nothing of places.
#[test]
fn in_an_overcrowded_morning_all_come_in_nearly_in_their_order_and_the_server_never_idles() {
    const PER_S: i64 = 120;
    const COME_S: i64 = 60;
    let mut line = line();
    let mut morning = Morning::default();
    for number in 0..3 * PER_S * COME_S {
        let came_ms = number * 1_000 / (3 * PER_S);
        let number = u64::try_from(number).unwrap();
        let phone = Waiting {
            came_ms,
            place: None,
            keeps: number % 4 != 0,
            asked: 0,
            retry: Retry::default(),
        };
        morning.coming.insert((came_ms, number), phone);
    }
    let (mut now_ms, mut served, mut owed) = (0, 0, 0);
    let mut all_waited_at_ms = 0;
    while !morning.coming.is_empty() || !morning.work.is_empty() {
        while let Some(next) = morning.coming.first_entry().filter(|next| next.key().0 <= now_ms) {
            let (at, phone) = next.remove_entry();
            morning.come(&mut line, at, phone);
        }
        owed = (owed + PER_S).min(1_000 + PER_S);
        while owed >= 1_000 {
            owed -= 1_000;
            let Some(in_ms) = morning.work.pop_front() else {
                continue;
            };
            morning.inside_ms.push(now_ms - in_ms);
            served += 1;
            line.served(now_ms, morning.work.len());
        }
        if served < 3 * PER_S * COME_S * 9 / 10 {
            all_waited_at_ms = now_ms;
        }
        now_ms += 1;
    }
    let at_best_ms = 3 * COME_S * 1_000;
    assert!(
        all_waited_at_ms < at_best_ms,
        "nine tenths after {all_waited_at_ms} ms"
    );
    assert!(now_ms < at_best_ms * 5 / 4, "the last after {now_ms} ms");
    morning.inside_ms.sort_unstable();
    let p99 = morning.inside_ms[morning.inside_ms.len() * 99 / 100];
    assert!(p99 < 1_500, "once let in: {p99} ms");
    let [keeping, not_keeping] = morning.waited_ms.map(|waited| waited.into_iter().max().unwrap());
    // As long as those before take, and what it takes to come at the right time.
    assert!(keeping < at_best_ms - COME_S * 1_000 + 20_000, "{keeping} ms");
    assert!(not_keeping < 2 * at_best_ms, "{not_keeping} ms");
    let each = f64::from(morning.asked) / f64::from(3 * 60 * 120);
    assert!(each < 6.0, "{each} requests each");
}
