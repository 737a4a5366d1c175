//! The first sync of a large area: cut anywhere, any number of times, while the area keeps changing; tasks and open
//! reports are there long before it is complete.

use crate::field::{Field, GRID};
use crate::replies::{assert_agrees, create, file_elsewhere};
use otor_protocol::ids::RecordId;
use otor_sim::device::Phone;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

const VISITS: usize = 5_000;
const URGENT: usize = 20;

/// Text of the field's length in which nothing repeats, so that records weigh what they do there.
fn text(rng: &mut ChaCha8Rng) -> String {
    (0..50)
        .filter_map(|_| char::from_u32(0x4e00 + rng.random_range(0..3_000)))
        .collect()
}

fn held(phone: &Phone, records: &[RecordId]) -> usize {
    let replica = phone.replica().expect("running");
    records
        .iter()
        .filter(|record| replica.mirrored(**record).is_some())
        .count()
}

#[test]
fn large_area_comes_whole_through_any_cuts_and_what_is_urgent_comes_first() {
    let mut rng = ChaCha8Rng::seed_from_u64(5_000);
    let mut field = Field::new();
    let mut other = field.phone("b");
    let mut visits: Vec<RecordId> = (0..VISITS)
        .map(|_| field.write_note(&mut other, GRID, &text(&mut rng)))
        .collect();
    while other.unsent() != Some(0) {
        field.exchange(&mut other, 0, usize::MAX);
    }
    let mut urgent = Vec::new();
    for number in 0..URGENT {
        let title = text(&mut rng);
        urgent.push(create(
            &mut field,
            "task",
            json!({"title": title, "assignee": "a"}),
        ));
        urgent.push(create(
            &mut field,
            "report",
            json!({"title": title, "severity": number % 4 + 1}),
        ));
    }

    let mut phone = field.phone("a");
    let (mut cuts, mut arrived, mut useful_after) = (0_usize, 0, None);
    loop {
        // Short contacts at first, to see what comes when.
        let most = if useful_after.is_none() { 2_000 } else { 25_000 };
        let cut = rng.random_range(300..most);
        let before = phone.statistics.bytes_down;
        let report = field.exchange(&mut phone, 0, cut);
        arrived += (phone.statistics.bytes_down - before) as usize;
        if useful_after.is_none() && held(&phone, &urgent) == urgent.len() {
            useful_after = Some((cuts, arrived, held(&phone, &visits)));
        }
        if report.complete && !report.more {
            break;
        }
        cuts += 1;
        assert!(cuts < 3_000, "it does not end");
        // The area keeps changing: an edit, a new record, one that leaves, one that comes back.
        let some = *visits.choose(&mut rng).expect("a visit");
        field.note(&mut other, some, "又去了");
        visits.push(field.write(&mut other, GRID));
        field.exchange(&mut other, 0, usize::MAX);
        if cuts % 3 == 0 {
            let leaving = visits.swap_remove(rng.random_range(0..visits.len()));
            file_elsewhere(&mut field, leaving);
            if cuts % 9 == 0 {
                crate::replies::file_under(&mut field, leaving, GRID);
                visits.push(leaving);
            }
        }
    }
    assert_agrees(&mut field, &phone);
    assert_eq!(held(&phone, &visits), visits.len());
    let (after_cuts, bytes, visits_then) = useful_after.expect("all that is urgent came");
    let resent = phone.statistics.bytes_resent as usize;
    println!(
        "{VISITS} records: {arrived} bytes through {cuts} cuts, {resent} of them again; \
         all tasks and reports after {bytes} bytes, {after_cuts} cuts, with {visits_then} visits"
    );
    assert!(cuts >= 20, "{cuts} cuts");
    assert!(
        bytes * 20 < arrived && visits_then * 20 < VISITS,
        "useful too late"
    );
    assert!(
        resent * 100 <= arrived * 15 + cuts * 600 * 100,
        "{resent} bytes came again"
    );
}
