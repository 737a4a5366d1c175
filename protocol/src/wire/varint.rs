//! Numbers of any size in as few bytes as they need: seven bits a byte, lowest first; with a sign, zigzag.

/// Most bytes of one: differences of 64-bit numbers, shifted by up to 16 bits, need no more.
const BYTES_MAX: u32 = 13;

/// Appends a number.
pub(super) fn put(out: &mut Vec<u8>, mut number: u128) {
    if let Ok(mut short) = u64::try_from(number) {
        while short >= 0x80 {
            out.push(short as u8 | 0x80);
            short >>= 7;
        }
        return out.push(short as u8);
    }
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a length.
pub(super) fn put_len(out: &mut Vec<u8>, len: usize) {
    put(out, len as u128);
}

/// Takes a number off the front; none if there is none in its shortest form.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u128> {
    // Most are short.
    if let [byte @ ..0x80, rest @ ..] = *bytes {
        *bytes = rest;
        return Some((*byte).into());
    }
    let mut number = 0;
    for place in 0..BYTES_MAX {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u128::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return (byte != 0 || place == 0).then_some(number);
        }
    }
    None
}

/// Takes a length off the front; none if it is beyond `max`.
pub(super) fn take_len(bytes: &mut &[u8], max: usize) -> Option<usize> {
    usize::try_from(take(bytes)?).ok().filter(|len| *len <= max)
}

/// Takes as many bytes off the front as a length before them says.
pub(super) fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = take_len(bytes, bytes.len())?;
    let (taken, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(taken)
}

/// A signed number as one without: 0, -1, 1, -2, …
pub(super) fn zigzag(number: i128) -> u128 {
    ((number << 1) ^ (number >> 127)) as u128
}

/// Back to the signed number.
pub(super) fn unzigzag(number: u128) -> i128 {
    (number >> 1) as i128 ^ -((number & 1) as i128)
}

/// How many bytes a number takes.
pub(super) fn len(number: u128) -> u32 {
    match u64::try_from(number) {
        Ok(short) => (64 - (short | 1).leading_zeros()).div_ceil(7),
        Err(_) => (128 - number.leading_zeros()).div_ceil(7),
    }
}
