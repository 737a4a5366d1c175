//! Cuts again and again: however short the contacts are, if one small frame crosses in each, the exchange ends.

use super::standard::{Crosses, Standard};

/// Contacts that carry so many bytes each, both ways together; how many it took.
fn contacts_of(standard: &Standard, bytes: usize) -> usize {
    let mut run = standard.run(5);
    let contacts = (1..200).find(|_| {
        run.attempt(|request| Crosses {
            up: bytes,
            down: bytes.saturating_sub(request),
        })
    });
    let contacts = contacts.unwrap_or_else(|| panic!("no end with {bytes} bytes a contact"));
    run.sound();
    contacts
}

#[test]
fn contacts_of_any_length_come_to_an_end() {
    let standard = Standard::new();
    let mut told = Vec::new();
    for bytes in [900, 1_200, 1_500, 2_000, 3_000, 5_000, 8_000] {
        told.push((bytes, contacts_of(&standard, bytes)));
    }
    println!("bytes a contact, contacts: {told:?}");
    assert!(
        told.iter().all(|(bytes, contacts)| contacts * bytes < 40_000),
        "{told:?}"
    );
}

#[test]
fn replies_that_are_lost_again_and_again_double_nothing() {
    let standard = Standard::new();
    let mut run = standard.run(6);
    for _ in 0..10 {
        run.attempt(|_| Crosses {
            up: usize::MAX,
            down: 0,
        });
    }
    run.finish();
    run.sound();
}
