//! Changes of bytes as a hostile or broken sender might make them, drawn by a fuzzer.

/// A change of bytes: what, where, with what.
pub type Change = (u8, u32, u8);

/// Bytes with the first few of these changes made to them; a mebibyte at most.
pub fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (what, place, with) in changes.iter().take(12) {
        let at = (*place as usize).checked_rem(bytes.len()).unwrap_or(0);
        match what % 8 {
            0 => bytes.insert(at, *with),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => {
                let piece = bytes[at..].to_vec();
                bytes.extend(piece);
            }
            // A length or a count that promises more than anybody has.
            4 => bytes
                .splice(at..at, [0xdd, 0xff, 0xff, 0xff, 0xff])
                .for_each(drop),
            5 => bytes
                .iter_mut()
                .skip(at)
                .take(usize::from(*with))
                .for_each(|byte| *byte = 0xff),
            6 => bytes
                .iter_mut()
                .skip(at)
                .take(usize::from(*with))
                .for_each(|byte| *byte = 0),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= with),
        }
        bytes.truncate(1 << 20);
    }
    bytes
}
