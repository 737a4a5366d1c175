//! Tokens and invitation codes as text, and the hashes by which the state knows them.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// Crockford's base 32: no I, L, O, U, so that a code survives being read aloud.
const CODE_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: 60 bits, for something that is used once within days.
const CODE_CHARS: usize = 12;
/// Characters of a code between two hyphens.
const CODE_GROUP: usize = 4;

/// An account's token, made of 32 random bytes.
pub fn token_text(seed: &[u8; 32]) -> String {
    format!("otor_{}", BASE64URL_NOPAD.encode(seed))
}

/// The hash under which the state knows a token.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"otor v1 token")
        .chain_update(token.trim().as_bytes())
        .finalize()
        .into()
}

/// A one-time code such as `K7QF-2M9X-T4RD`, made of 32 random bytes.
pub fn invitation_code(seed: &[u8; 32]) -> String {
    let mut code = String::new();
    for (place, byte) in seed.iter().take(CODE_CHARS).enumerate() {
        if place > 0 && place % CODE_GROUP == 0 {
            code.push('-');
        }
        code.push(char::from(CODE_ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// The hash under which the state knows a code, however it was typed: case, hyphens and spaces do not matter,
/// nor O for 0, nor I and L for 1.
pub fn invitation_hash(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    Sha256::new()
        .chain_update(b"otor v1 invitation")
        .chain_update(plain.as_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_was_typed() {
        let code = invitation_code(&[1; 32]);
        assert_eq!(code, "1111-1111-1111");
        assert_eq!(invitation_hash(&code), invitation_hash("iL11 111ll11i"));
        assert_ne!(invitation_hash(&code), invitation_hash("1111-1111-1112"));
    }
}
