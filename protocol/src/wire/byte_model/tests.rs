//! The model of bytes: any payload comes back, any bytes are read within their length, what is alike costs little.

use super::*;
use crate::wire::columns::lay_out;
use crate::wire::encode;
use crate::wire::range_coder::{Decoder, Encoder, Line};
use proptest::collection::vec;
use proptest::prelude::*;

fn written(model: &mut Model, payload: &[u8]) -> Vec<u8> {
    let mut line = Line::Write(Encoder::new());
    assert_eq!(tell(model, &mut line, Some(payload), payload.len()), payload);
    match line {
        Line::Write(encoder) => encoder.finish(),
        Line::Read(_) => unreachable!("it writes"),
    }
}

fn read(model: &mut Model, told: &[u8], len: usize) -> Vec<u8> {
    tell(model, &mut Line::Read(Decoder::new(told)), None, len)
}

fn batch() -> impl Strategy<Value = Vec<u8>> {
    let row = prop_oneof![
        (any::<u32>(), "[a-c]{0,5}").prop_map(|row| encode(&row)),
        (any::<i64>(), vec(any::<u8>(), 0..9), 0u8..4).prop_map(|(number, bytes, small)| encode(&(
            number,
            serde_bytes::ByteBuf::from(bytes),
            small
        ))),
        vec(any::<u8>(), 0..20),
    ];
    vec(row, 0..9).prop_map(|rows| lay_out(b"head", rows.iter().map(Vec::as_slice)))
}

proptest! {
    #[test]
    fn payloads_come_back_in_order(payloads in vec(prop_oneof![batch(), vec(any::<u8>(), 0..60)], 0..6)) {
        let (mut one, mut other) = (Model::new(), Model::new());
        for payload in &payloads {
            let told = written(&mut one, payload);
            prop_assert_eq!(&read(&mut other, &told, payload.len()), payload);
        }
    }

    #[test]
    fn any_bytes_are_read_to_their_length(mut bytes in vec(any::<u8>(), 0..90), len in 0usize..900) {
        prop_assert_eq!(read(&mut Model::new(), &bytes, len).len(), len);
        // As a batch, too.
        let mut start = written(&mut Model::new(), &[1, 0, 0, 1]);
        start.append(&mut bytes);
        prop_assert_eq!(read(&mut Model::new(), &start, len).len(), len);
    }
}

#[test]
fn what_came_before_takes_fewer_bytes_and_streams_share_what_they_begin_with() {
    let rows: Vec<Vec<u8>> = (0..20u32)
        .map(|at| encode(&(7u8, 3_000 + at * at * 7, at % 3, true)))
        .collect();
    let payload = lay_out(b"", rows.iter().map(Vec::as_slice));
    let mut model = Model::new();
    let first = written(&mut model, &payload).len();
    let settled = model.settled();
    let (one, other) = (
        written(&mut settled.begin(), &payload),
        written(&mut settled.begin(), &payload),
    );
    assert_eq!(one, other);
    assert!(
        one.len() * 4 < payload.len() && one.len() < first,
        "{}, {first}",
        one.len()
    );
}

#[test]
fn an_op_is_told_alike_wherever_it_stands() {
    let op = |at: u32| encode(&(7u8, 3_000 + at * at * 7, "visit", at % 3));
    let alone: Vec<Vec<u8>> = (0..30).map(op).collect();
    let within: Vec<Vec<u8>> = (0..30)
        .map(|at| encode(&(at, serde_bytes::ByteBuf::from(op(at)))))
        .collect();
    let batch = |rows: &[Vec<u8>]| lay_out(b"", rows.iter().map(Vec::as_slice));
    let first = written(&mut Model::new(), &batch(&within)).len();
    let mut model = Model::new();
    written(&mut model, &batch(&alone));
    let later = written(&mut model, &batch(&within)).len();
    assert!(later * 3 < first * 2, "{later}, {first}");
}

#[test]
fn whether_a_column_of_large_numbers_rises_is_learned() {
    let steps = |sign: fn(i64) -> i64| {
        let mut at = 0;
        let rows = (1..60i64).map(|number| {
            at += sign(number) * (60_000 + number * 7_919 % 30_000);
            encode(&at)
        });
        let rows: Vec<Vec<u8>> = rows.collect();
        written(&mut Model::new(), &lay_out(b"", rows.iter().map(Vec::as_slice))).len()
    };
    let (rising, both) = (steps(|_| 1), steps(|number| 1 - 2 * (number * number / 3 % 2)));
    assert!(rising + 4 < both, "{rising}, {both}");
}

#[test]
fn a_large_number_costs_little_more_than_what_is_new_of_it() {
    let batch = |number: u64| {
        let row = encode(&(number, 3u8));
        lay_out(b"", [row.as_slice()])
    };
    let mut model = Model::new();
    for _ in 0..4 {
        written(&mut model, &batch(1_772_413_200_000));
    }
    let again = written(&mut model, &batch(1_772_413_200_000)).len();
    let near = written(&mut model, &batch(1_772_413_265_123)).len();
    let far = written(&mut model, &batch(0x0123_4567_89ab_cdef)).len();
    assert!(again < near && near < far, "{again}, {near}, {far}");
}
