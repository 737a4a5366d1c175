//! What is packed comes back, is found, and is noticed where it was altered.

use super::*;
use proptest::prelude::*;

fn unpacked(block: &Block) -> Vec<HeldRow<'_>> {
    let (mut rows, mut all) = (block.rows(), Vec::new());
    while let Some(held) = rows.next().unwrap() {
        all.push((RowKey::from_slice(rows.key()), held));
    }
    all
}

proptest! {
    #[test]
    fn a_key_is_found_among_its_like_and_only_there(
        keys in proptest::collection::btree_set(proptest::collection::vec(0u8..3, 1..6), 1..60),
        asked in proptest::collection::vec(proptest::collection::vec(0u8..3, 0..7), 50),
    ) {
        let rows: Vec<_> = keys.iter().map(|key| (RowKey::from_slice(key), Held::Whole(key))).collect();
        let mut bytes = Vec::new();
        write_rows(&mut bytes, &rows);
        let block = Block::of(bytes).unwrap();
        for key in keys.iter().chain(&asked) {
            let expected = keys.get(key).map(|key| Held::Whole(key));
            prop_assert_eq!(block.get(key).unwrap(), expected);
            let (mut near, mut from) = (block.rows_near(key), Vec::new());
            while near.next().unwrap().is_some() {
                from.push(near.key().to_vec());
            }
            let passed = from.iter().take_while(|one| *one < key).count();
            prop_assert!(passed <= ROWS_EACH);
            prop_assert!(from[passed..].iter().eq(keys.range(key.clone()..)));
        }
    }

    #[test]
    fn rows_come_back_in_blocks_that_fit(
        rows in proptest::collection::btree_map(
            proptest::collection::vec(any::<u8>(), 1..240),
            proptest::collection::vec(any::<u8>(), 0..MAX_INLINE_LEN + 200),
            1..40,
        ),
    ) {
        let mut packer = Packer::new().unwrap();
        let held: Vec<_> = rows.iter().map(|(key, value)| (RowKey::from_slice(key), Held::of(value))).collect();
        let blocks = packer.pack(&held).unwrap();
        let mut back = Vec::new();
        for (first, packed) in &blocks {
            prop_assert!(packed.len() <= MAX_VALUE_LEN);
            let block = unpack(packed).unwrap();
            prop_assert_eq!(&unpacked(&block)[0].0, &held[*first].0);
            for (key, value) in unpacked(&block) {
                prop_assert_eq!(block.get(&key).unwrap(), Some(value));
                let expected = Held::of(&rows[key.as_slice()]);
                prop_assert_eq!(value, expected);
                back.push(key.into_vec());
            }
        }
        prop_assert!(back.iter().eq(rows.keys()));
    }

    #[test]
    fn an_altered_block_is_noticed(at in 0usize..200, by in 1u8..) {
        let rows: Vec<_> = (0..20u8).map(|row| (RowKey::from_slice(&[b'k', row]), Held::Whole(b"some value"))).collect();
        let mut packer = Packer::new().unwrap();
        let mut packed = packer.pack(&rows).unwrap().remove(0).1;
        let at = at % packed.len();
        packed[at] ^= by;
        if let Ok(block) = unpack(&packed) {
            prop_assert_eq!(unpacked(&block), rows, "what does not matter to the rows");
        }
    }
}
