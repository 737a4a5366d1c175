//! Times of the parts of an exchange: `cargo bench -p otor-tests`.

use criterion::{Criterion, criterion_group, criterion_main};
use otor_sim::in_process::cost::parts;

fn all(criterion: &mut Criterion) {
    for number in 0..parts::COUNT {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut part = parts::one(folder.path(), number).expect("the part is prepared");
        criterion.bench_function(part.name, |bencher| {
            bencher.iter(|| part.run().expect("a part ends well"));
        });
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
