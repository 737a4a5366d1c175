//! The model of text: what is told is read, any bytes are read or refused, what it has learnt tells in fewer bytes.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[一-九老人在家扫雪，。]{0,60}",
        "\\PC{0,40}",
        "[a-c0-9\u{0}]{0,80}",
    ]
}

proptest! {
    #[test]
    fn texts_come_back_in_order(learnt in text(), texts in vec(text(), 0..6)) {
        let mut one = Model::primed(&learnt);
        let mut other = one.clone();
        for text in &texts {
            let packed = one.pack(text).unwrap();
            let unpacked = other.unpack(&packed, text.len());
            prop_assert_eq!(unpacked.as_ref(), Some(text));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(learnt in text(), bytes in vec(any::<u8>(), 0..60), len in 0usize..400) {
        let mut model = Model::primed(&learnt);
        if let Some(text) = model.unpack(&bytes, len) {
            prop_assert_eq!(text.len(), len);
        }
    }
}

#[test]
fn what_has_been_learnt_takes_fewer_bytes() {
    let note = "老人在家，院里积雪已经扫开，煤还够烧半个月。\0";
    let plain = Model::new().pack(note).unwrap().len();
    let primed = Model::primed(&note.repeat(4)).pack(note).unwrap().len();
    assert!(plain < note.len() && primed * 2 < plain, "{plain}, {primed}");
}

#[test]
fn a_long_text_is_told_with_bounded_memory() {
    let units = (0x4e00..0x4e00 + 20_000u32).filter_map(char::from_u32);
    let text: String = units.cycle().take(100_000).collect();
    let mut model = Model::new();
    let packed = model.pack(&text).unwrap();
    assert_eq!(Model::new().unpack(&packed, text.len()), Some(text));
}
