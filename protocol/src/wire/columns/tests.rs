//! Batches by column: any rows come back, any bytes are read or refused, what is alike costs little.

use super::cells::Rule;
use super::numbers::{self, shortest, tell};
use super::*;
use crate::limits::FRAME_BYTES_MAX;
use crate::wire::encode;
use proptest::collection::vec;
use proptest::prelude::*;

fn again(head: &[u8], rows: &[Vec<u8>]) -> (Vec<u8>, Option<Batch>) {
    let bytes = lay_out(head, rows.iter().map(Vec::as_slice));
    let read = read_back(&bytes);
    (bytes, read)
}

/// Rows that look like ours, and every sort of value in them.
fn row() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        any::<u64>().prop_map(|number| encode(&number)),
        any::<i64>().prop_map(|number| encode(&number)),
        (0u8..200).prop_map(|number| encode(&number)),
        "\\PC{0,40}".prop_map(|text| encode(&text)),
        Just(encode(&"a\0b")),
        Just(encode(&None::<u8>)),
        any::<bool>().prop_map(|flag| encode(&flag)),
        vec(any::<u8>(), 0..40).prop_map(|bytes| encode(&serde_bytes::ByteBuf::from(bytes))),
    ];
    let nested = value.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5)
                .prop_map(|values| { [vec![0x90 | values.len() as u8], values.concat()].concat() }),
            ("[a-k]", inner.clone()).prop_map(|(key, value)| [vec![0x81], encode(&key), value].concat()),
            inner.prop_map(|value| encode(&serde_bytes::ByteBuf::from(value))),
        ]
    });
    prop_oneof![4 => nested, 1 => vec(any::<u8>(), 0..30)]
}

proptest! {
    #[test]
    fn any_rows_come_back_byte_for_byte(head in vec(any::<u8>(), 0..9), rows in vec(row(), 0..12)) {
        let (bytes, read) = again(&head, &rows);
        prop_assert_eq!(read, Some(Batch { head, rows }));
        for len in 0..bytes.len() {
            prop_assert_eq!(read_back(&bytes[..len]), None, "cut at {}", len);
        }
        prop_assert_eq!(read_back(&[bytes.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let bytes = [vec![FORM], bytes].concat();
        if let Some(batch) = read_back(&bytes) {
            prop_assert_eq!(again(&batch.head, &batch.rows).1, Some(batch));
        }
    }

    #[test]
    fn a_damaged_batch_is_read_or_refused(rows in vec(row(), 1..8), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let (mut bytes, _) = again(b"head", &rows);
        let place = at.index(bytes.len());
        bytes[place] = to;
        if let Some(batch) = read_back(&bytes) {
            prop_assert_eq!(again(&batch.head, &batch.rows).1, Some(batch));
        }
    }
}

#[test]
fn rows_of_one_shape_cost_what_differs() {
    let row = |number: u64, word: &str| {
        encode(&(
            12u32,
            3_600_000 + number * 61_000,
            (7u8, format!("150821100201012-{number:03}"), word.to_string()),
        ))
    };
    let rows: Vec<Vec<u8>> = (0..20)
        .map(|number| row(number, ["livestock", "snow"][number as usize % 2]))
        .collect();
    let (bytes, read) = again(b"", &rows);
    assert_eq!(read.map(|batch| batch.rows), Some(rows.clone()));
    // Author, steps of the time, three digits of the household and which of two words.
    assert!(bytes.len() < 20 * 12 + 60, "{}", bytes.len());
    assert!(rows.concat().len() > 20 * 36);
}

#[test]
fn numbers_that_move_with_another_cost_next_to_nothing() {
    let times = [
        3_600_000u64,
        3_723_412,
        4_000_001,
        4_411_171,
        5_000_000,
        5_000_001,
    ];
    let rows: Vec<Vec<u8>> = times
        .iter()
        .map(|ms| encode(&(*ms, ms + 1_760_000_000_000, (ms + 1_760_000_123_456) << 16, 1u8)))
        .collect();
    let (bytes, read) = again(b"", &rows);
    assert_eq!(read.map(|batch| batch.rows), Some(rows));
    assert!(bytes.len() < 80, "{}", bytes.len());
}

#[test]
fn a_short_batch_does_not_swell_beyond_a_frame() {
    // One template of 100 literal bytes, and as many rows of it as may be.
    let template = [vec![0xdc, 0, 100], vec![0xc0; 100]].concat();
    let bytes_of = |rows: usize| {
        let mut bytes = vec![FORM, 0, 0, 1];
        varint::put_len(&mut bytes, template.len());
        bytes.extend_from_slice(&template);
        varint::put_len(&mut bytes, rows);
        bytes.resize(bytes.len() + rows, 0);
        bytes
    };
    assert_eq!(
        read_back(&bytes_of(1_000)).map(|batch| batch.rows.len()),
        Some(1_000)
    );
    const { assert!(1_300 * 103 > FRAME_BYTES_MAX) };
    assert_eq!(read_back(&bytes_of(1_300)), None);
}

#[test]
fn the_text_is_found_from_outside() {
    let rows = [encode(&("老人独居", 5)), encode(&("村东积雪", 6))];
    let (bytes, _) = again(b"head", &rows);
    let text = text_range(&bytes).map(|range| &bytes[range]);
    assert_eq!(text, Some("老人独居\0村东积雪\0".as_bytes()));
    assert_eq!(text_promised(&bytes), Some((2, text.map_or(0, <[u8]>::len))));
}

/// The rule and unit of the last of these columns, which stand beside one another, with every rule reckoned to its end.
fn shortest_of_all(columns: &[Vec<i128>]) -> (Rule, u128, Vec<u128>) {
    let (own, earlier) = columns.split_last().expect("a column");
    let step = |column: &[i128], at: usize| column[at] - if at > 0 { column[at - 1] } else { 0 };
    let mut rules = vec![Rule::Previous, Rule::Plain];
    for column in 0..earlier.len().min(cells::FOLLOWED_MAX) {
        rules.extend([false, true].map(|scaled| Rule::With { column, scaled }));
    }
    let told = rules.into_iter().map(|rule| {
        let steps = (0..own.len()).map(|at| match rule {
            Rule::Plain => own[at],
            Rule::Previous => step(own, at),
            Rule::With { column, scaled } => {
                step(own, at) - step(&earlier[column], at) * if scaled { 65_536 } else { 1 }
            }
        });
        let steps: Vec<i128> = steps.collect();
        let unit = steps.iter().skip(1).fold(0u128, |mut one, step| {
            let mut other = step.unsigned_abs();
            while other != 0 {
                (one, other) = (other, one % other);
            }
            one
        });
        let unit = if (2..=cells::UNIT_MAX).contains(&unit) {
            unit
        } else {
            1
        };
        let in_units = |(at, step): (usize, &i128)| step / if at == 0 { 1 } else { unit as i128 };
        let told: Vec<u128> = steps
            .iter()
            .enumerate()
            .map(in_units)
            .map(varint::zigzag)
            .collect();
        let before = std::iter::once(&0).chain(&told);
        let cost = |(before, number): (&u128, &u128)| match before == number {
            true => 1,
            false => 4 * varint::len(*number),
        };
        let cost: u32 = before.zip(&told).map(cost).sum();
        (cost, rule, unit, told)
    });
    // The first of those that cost the same.
    let least = told.min_by_key(|(cost, ..)| *cost);
    least
        .map(|(_, rule, unit, told)| (rule, unit, told))
        .expect("a rule")
}

proptest! {
    #[test]
    fn the_rule_found_is_the_first_of_the_shortest(
        rows in vec((0i64..4, 0i64..3, any::<i64>(), 0u8..9), 1..14),
        unit in prop_oneof![Just(1i64), Just(1_000), Just(65_536), Just(61_000)],
    ) {
        let mut columns = vec![Vec::new(); 4];
        let mut at = 0;
        for (step, other, wild, odd) in rows {
            at += step;
            columns[0].push(i128::from(at));
            columns[1].push(i128::from(at * unit + other));
            columns[2].push(match odd {
                0 => wild.into(),
                1 => i128::from(wild as u64),
                _ => i128::from(other * unit),
            });
            columns[3].push(i128::from(at * unit) + i128::from(other * (i64::from(odd) / 7)));
        }
        let mut count = 0;
        let mut numbers: Vec<numbers::Numbers> = Vec::new();
        numbers.resize_with(columns.len(), Default::default);
        for row in 0..columns[0].len() {
            for (column, numbers) in columns.iter().zip(&mut numbers) {
                numbers.push(column[row], count);
                count += 1;
            }
        }
        for own in 0..columns.len() {
            let (earlier, own) = (&numbers[..own], &numbers[own]);
            let (rule, unit) = shortest(own, earlier);
            let mut told = Vec::new();
            tell(own, earlier, (rule, unit), |number| told.push(number));
            let found = (rule, unit.into(), told);
            prop_assert_eq!(found, shortest_of_all(&columns[..=earlier.len()]));
        }
    }
}
