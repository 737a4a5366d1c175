//! The standard exchange on `cut3`, a link that is cut every three seconds: what crosses again is little.

use super::link::Carrier;
use super::standard::Standard;

/// Of the bytes that crossed, and for each connection.
const RESENT_PERCENT: u64 = 15;
const RESENT_BYTES_A_CONNECTION: u64 = 600;

#[test]
fn on_cut3_little_crosses_twice() {
    let standard = Standard::new();
    let mut told = Vec::new();
    for seed in 1..=20 {
        let mut run = standard.run(seed);
        let mut carrier = Carrier::of("cut3", seed, run.field.now_ms);
        carrier.until_done(&mut run.field, &mut run.phone);
        run.sound();
        let counts = run.phone.statistics;
        let crossed = counts.bytes_up + counts.bytes_down;
        told.push((counts.connections, crossed, counts.bytes_resent));
        let most = crossed * RESENT_PERCENT / 100 + RESENT_BYTES_A_CONNECTION * counts.connections;
        assert!(counts.bytes_resent <= most, "seed {seed}: {counts:?}");
    }
    let sum = |part: fn(&(u64, u64, u64)) -> u64| told.iter().map(part).sum::<u64>();
    let (connections, crossed, resent) = (sum(|one| one.0), sum(|one| one.1), sum(|one| one.2));
    println!("{connections} connections, {crossed} bytes, of which {resent} again; each: {told:?}");
    assert!(resent * 100 <= crossed * RESENT_PERCENT + 100 * RESENT_BYTES_A_CONNECTION * connections);
}
