//! What a phone keeps and loses when it restarts, crashes, boots anew or comes back from a backup.

use super::*;
use crate::device::fixture;

#[test]
fn restart_keeps_written_ops() {
    let mut phone = fixture::enrolled_phone();
    let visit = fixture::write_visit(&mut phone, 1_000);
    phone.restart().unwrap();
    assert_eq!(phone.unsent(), Some(1));
    assert!(phone.replica().unwrap().view(visit).is_some());
    assert_eq!(phone.life(), 2);
}

#[test]
fn what_was_not_saved_and_is_found_on_opening_survives_a_crash() {
    let mut phone = fixture::enrolled_phone();
    phone.storage_mut().unwrap().fail_sync(1);
    assert!(fixture::try_to_write_visit(&mut phone, 1_000).is_err());
    phone.storage_mut().unwrap().fail_sync(1);
    phone.restart().unwrap();
    assert_eq!(phone.unsent(), Some(1));
    assert_eq!(phone.crash_keeping(0), 0);
    phone.start().unwrap();
    assert_eq!(phone.unsent(), Some(1));
}

#[test]
fn crash_keeps_written_ops_and_loses_what_was_not_durable() {
    let mut phone = fixture::enrolled_phone();
    fixture::write_visit(&mut phone, 1_000);
    phone.replica_mut().unwrap().confirm(77, None).unwrap();
    assert_eq!(phone.crash_keeping(0), 1);
    assert!(phone.replica().is_none());
    assert!(matches!(
        phone.begin_exchange(2_000, 0),
        Err(PhoneError::NotRunning(_))
    ));
    phone.start().unwrap();
    assert_eq!(phone.unsent(), Some(1));
    assert_eq!(phone.replica().unwrap().confirmed_nonce(), 0);
}

#[test]
fn what_a_crash_loses_follows_from_the_seed() {
    let losses = |seed| {
        let mut phone = fixture::enrolled_phone_named("d1", seed);
        (0..20)
            .map(|_| {
                let replica = phone.replica_mut().unwrap();
                (1..=5).for_each(|nonce| replica.confirm(nonce, None).unwrap());
                let lost = phone.crash();
                phone.start().unwrap();
                lost
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(losses(1), losses(1));
    assert_ne!(losses(1), losses(2));
}

#[test]
fn reboot_begins_a_new_boot_with_the_ops_of_the_old() {
    let mut phone = fixture::enrolled_phone();
    fixture::write_visit(&mut phone, 1_000);
    let before = phone.clock.reading(1_000).boot;
    phone.reboot(2_000).unwrap();
    fixture::write_visit(&mut phone, 3_000);
    let replica = phone.replica().unwrap();
    let boots: Vec<u64> = replica.lanes()[2].outbox().map(|(_, own)| own.boot).collect();
    assert_eq!(boots, [before, before + 1]);
}

#[test]
fn restored_backup_has_not_what_was_written_since() {
    let mut phone = fixture::enrolled_phone();
    fixture::write_visit(&mut phone, 1_000);
    let backup = phone.snapshot().unwrap();
    fixture::write_visit(&mut phone, 2_000);
    phone.restore(&backup).unwrap();
    assert_eq!(phone.unsent(), Some(1));
}

#[test]
fn phone_that_is_not_enrolled_says_so() {
    let mut phone = Phone::new("d9", "w9", PhoneClock::booted_at(0), 1);
    assert!(matches!(phone.start(), Err(PhoneError::NotRunning(_))));
    assert!(matches!(
        phone.begin_exchange(0, 0),
        Err(PhoneError::NotRunning(_))
    ));
    assert!(phone.snapshot().is_none());
}

#[test]
fn every_attempt_has_a_nonce_of_its_own_even_after_a_restore() {
    let mut phone = fixture::enrolled_phone();
    let backup = phone.snapshot().unwrap();
    let first = phone.begin_exchange(1_000, 0).unwrap().frames().to_vec();
    let second = phone.begin_exchange(1_000, 0).unwrap().frames().to_vec();
    phone.restore(&backup).unwrap();
    let third = phone.begin_exchange(1_000, 0).unwrap().frames().to_vec();
    assert!(first != second && second != third && first != third);
}
