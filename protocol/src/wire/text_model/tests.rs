//! The model of text: what is told is read, any bytes are read or refused, what it has learnt tells in fewer bytes.

use super::*;
use crate::wire::range_coder::{Decoder, Encoder, Line};
use proptest::collection::vec;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[一-九老人在家扫雪，。]{0,60}",
        "\\PC{0,40}",
        "[a-c0-9\u{0}]{0,80}",
    ]
}

fn pack(model: &mut Model, text: &str) -> Vec<u8> {
    let mut line = Line::Write(Encoder::new());
    model.write(&mut line, text).unwrap();
    match line {
        Line::Write(encoder) => encoder.finish(),
        Line::Read(_) => unreachable!("it writes"),
    }
}

fn unpack(model: &mut Model, bytes: &[u8], len: usize) -> Option<String> {
    model.read(&mut Line::Read(Decoder::new(bytes)), len)
}

fn primed(text: &str) -> Model {
    let mut model = Model::new();
    pack(&mut model, text);
    model.settled()
}

proptest! {
    #[test]
    fn texts_come_back_in_order(learnt in text(), texts in vec(text(), 0..6)) {
        let primed = primed(&learnt);
        let (mut one, mut other) = (primed.begin(), primed.begin());
        for text in &texts {
            let packed = pack(&mut one, text);
            let unpacked = unpack(&mut other, &packed, text.len());
            prop_assert_eq!(unpacked.as_ref(), Some(text));
        }
        // What has been learnt once more is told alike.
        let (one, other) = (one.settled(), other.settled());
        prop_assert_eq!(pack(&mut one.begin(), "老人在家。"), pack(&mut other.begin(), "老人在家。"));
    }

    #[test]
    fn any_bytes_are_read_or_refused(learnt in text(), bytes in vec(any::<u8>(), 0..60), len in 0usize..400) {
        if let Some(text) = unpack(&mut primed(&learnt).begin(), &bytes, len) {
            prop_assert_eq!(text.len(), len);
        }
    }
}

#[test]
fn what_has_been_learnt_takes_fewer_bytes() {
    let note = "老人在家，院里积雪已经扫开，煤还够烧半个月。\0";
    let plain = pack(&mut Model::new(), note).len();
    let learnt = pack(&mut primed(note).begin(), note).len();
    assert!(plain < note.len() && learnt * 4 < plain, "{plain}, {learnt}");
}

#[test]
fn a_sentence_that_comes_again_costs_next_to_nothing() {
    let note = "老人在家，院里积雪已经扫开，煤还够烧半个月。\0";
    let mut model = Model::new();
    let first = pack(&mut model, note).len();
    pack(&mut model, &note.replace('煤', "柴"));
    let again = pack(&mut model, note).len();
    assert!(again * 5 < first, "{first}, {again}");
}

#[test]
fn a_long_text_is_told_with_bounded_memory() {
    let units = (0x4e00..0x4e00 + 20_000u32).filter_map(char::from_u32);
    let text: String = units.cycle().take(100_000).collect();
    let mut model = Model::new();
    let packed = pack(&mut model, &text);
    assert_eq!(unpack(&mut Model::new(), &packed, text.len()), Some(text));
}

#[test]
fn a_text_with_other_digits_than_were_learnt_costs_a_little_more_than_those_digits() {
    let cost = |learnt: &str, text: &str| pack(&mut primed(learnt).begin(), text).len();
    let (zeros, digits) = ("存栏羊00只，牛0头，已登记。\0", "存栏羊37只，牛4头，已登记。\0");
    // Three digits, of which nothing is known but that they stand there, and are not those expected.
    assert!(cost(zeros, digits) <= cost(zeros, zeros) + 6);
    assert!(cost(zeros, digits) * 3 < cost("", digits));
}

#[test]
fn a_number_that_comes_again_is_guessed_digit_by_digit() {
    let code = "150821100201012-031\0";
    let mut model = Model::new();
    let first = pack(&mut model, code).len();
    for _ in 0..4 {
        pack(&mut model, code);
    }
    let again = pack(&mut model, code).len();
    assert!(again * 3 < first, "{first}, {again}");
}
