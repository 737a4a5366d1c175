//! Statistics of a league's month, 864,000 visits and 3,360 cases: `cargo bench -p otor-tests --bench statistics`. Loading
//! takes some minutes, and half a gigabyte.

use criterion::{Criterion, criterion_group, criterion_main};
use otor_sim::in_process::cost::league::{League, LeagueSize};

fn month(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let league = League::load(folder.path(), LeagueSize::MONTH).expect("a league");
    league.check().expect("the figures are what was written");
    let mut group = criterion.benchmark_group("a league's month");
    group.sample_size(10);
    for (name, area, statistics) in [
        ("all statistics", None, vec![]),
        ("coverage", None, vec!["coverage"]),
        ("closure", None, vec!["closure"]),
        ("all of a banner", Some("152201"), vec![]),
        ("all of a village", Some("152201001001"), vec![]),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| league.reckon(area, &statistics).expect("figures"));
        });
    }
    group.finish();
}

criterion_group!(benches, month);
criterion_main!(benches);
