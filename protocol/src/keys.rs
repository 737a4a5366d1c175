//! Keys, message authentication, signatures and hash chains. Seeds and nonces come in as arguments.
//!
//! Standard parts only: X25519, Ed25519, HKDF, HMAC and SHA-256. A phone has one 32-byte secret, from which
//! its two private keys are derived; it shares a *device key* with the server by X25519 at enrolment.

use crate::ids::{ActorId, DeviceId, PersonId};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// Bytes of a full message authentication code on the wire.
pub const MAC_BYTES: usize = 16;
/// Bytes of the code of one op frame.
pub const FRAME_MAC_BYTES: usize = 8;

/// The one secret of a phone or a server: 32 random bytes.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The public half of a [`Secret`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PublicKeys {
    /// Ed25519.
    #[serde(with = "serde_bytes")]
    pub signing: [u8; 32],
    /// X25519.
    #[serde(with = "serde_bytes")]
    pub exchange: [u8; 32],
}

impl Secret {
    /// Wraps 32 random bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Secret(seed)
    }

    /// The bytes, for keeping them.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        expand(&self.0, purpose)
    }

    fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.derive(b"otor v1 ed25519"))
    }

    fn exchange_key(&self) -> x25519_dalek::StaticSecret {
        x25519_dalek::StaticSecret::from(self.derive(b"otor v1 x25519"))
    }

    /// The public keys.
    pub fn public(&self) -> PublicKeys {
        PublicKeys {
            signing: self.signing_key().verifying_key().to_bytes(),
            exchange: x25519_dalek::PublicKey::from(&self.exchange_key()).to_bytes(),
        }
    }

    /// Signs bytes with Ed25519.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing_key().sign(message).to_bytes()
    }

    /// The device key shared with the owner of `other`: the same on both sides. `device` is the phone's
    /// public keys whichever side asks.
    pub fn device_key(&self, other: &PublicKeys, device: &PublicKeys) -> DeviceKey {
        let shared = self
            .exchange_key()
            .diffie_hellman(&x25519_dalek::PublicKey::from(other.exchange));
        let mut info = b"otor v1 device key".to_vec();
        info.extend_from_slice(&device.exchange);
        info.extend_from_slice(&device.signing);
        DeviceKey(expand(shared.as_bytes(), &info))
    }
}

impl PublicKeys {
    /// Whether `signature` is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.signing) else {
            return false;
        };
        let Ok(signature) = Signature::from_slice(signature) else {
            return false;
        };
        key.verify_strict(message, &signature).is_ok()
    }

    /// A short text that two people can compare: 16 hexadecimal digits of the keys' hash.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new()
            .chain_update(self.signing)
            .chain_update(self.exchange)
            .finalize();
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn expand(ikm: &[u8], info: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    // 32 bytes are far below HKDF's limit of 255 hashes.
    Hkdf::<Sha256>::new(None, ikm)
        .expand(info, &mut out)
        .expect("32 bytes can be expanded");
    out
}

/// The symmetric key that authenticates a phone's exchanges.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey([u8; 32]);

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(…)")
    }
}

impl DeviceKey {
    fn mac(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length");
        mac.update(purpose);
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The code of a hello.
    pub fn hello_mac(&self, hello: &[u8]) -> [u8; MAC_BYTES] {
        first(&self.mac(b"otor v1 hello", &[hello]))
    }

    /// The code of a welcome, bound to the hello it answers: it shows the phone that the server holds the
    /// key learnt at enrolment.
    pub fn welcome_mac(&self, hello_mac: &[u8; MAC_BYTES], welcome: &[u8]) -> [u8; MAC_BYTES] {
        first(&self.mac(b"otor v1 welcome", &[hello_mac, welcome]))
    }

    /// The code of a refusal, bound to the hello it answers: a phone acts only on a refusal of its own server.
    pub fn refusal_mac(&self, hello_mac: &[u8; MAC_BYTES], refusal: &[u8]) -> [u8; MAC_BYTES] {
        first(&self.mac(b"otor v1 refusal", &[hello_mac, refusal]))
    }

    /// The code of the `index`-th op frame after a hello.
    pub fn frame_mac(
        &self,
        hello_mac: &[u8; MAC_BYTES],
        index: u32,
        content: &[u8],
    ) -> [u8; FRAME_MAC_BYTES] {
        first(&self.mac(b"otor v1 frame", &[hello_mac, &index.to_be_bytes(), content]))
    }
}

fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    std::array::from_fn(|place| bytes[place])
}

/// Compares two codes in constant time.
pub fn codes_equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// Rolling hash over an actor's ops: equal chains mean equal histories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Chain(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl Chain {
    /// The chain after one more op, given its encoded bytes.
    #[must_use]
    pub fn after(self, op: &[u8]) -> Chain {
        let digest = Sha256::new()
            .chain_update(b"otor v1 chain")
            .chain_update(self.0)
            .chain_update(op)
            .finalize();
        Chain(first(&digest.into()))
    }
}

/// Short hash of one op's bytes, by which a repeated op is told from a different one of the same number.
pub fn op_hash(op: &[u8]) -> u64 {
    let digest: [u8; 32] = Sha256::digest(op).into();
    u64::from_be_bytes(first(&digest))
}

/// What the server signs at enrolment, so that a server restored from a backup that does not know the phone
/// can admit it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The phone.
    pub device: DeviceId,
    /// Whose phone it is.
    pub owner: PersonId,
    /// Its actors, by lane.
    pub actors: [ActorId; 3],
    /// Its keys.
    pub keys: PublicKeys,
    /// Ed25519 signature of the server over the rest.
    #[serde(with = "serde_bytes")]
    pub signature: Vec<u8>,
}

impl Certificate {
    /// Issues a certificate.
    pub fn issue(
        server: &Secret,
        device: DeviceId,
        owner: PersonId,
        actors: [ActorId; 3],
        keys: PublicKeys,
    ) -> Self {
        let mut certificate = Certificate {
            device,
            owner,
            actors,
            keys,
            signature: Vec::new(),
        };
        certificate.signature = server.sign(&certificate.signed_bytes()).to_vec();
        certificate
    }

    /// Whether the server with these keys issued it.
    pub fn is_of(&self, server: &PublicKeys) -> bool {
        server.verify(&self.signed_bytes(), &self.signature)
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = b"otor v1 certificate".to_vec();
        bytes.extend(crate::wire::encode(&(
            self.device,
            self.owner,
            self.actors,
            self.keys,
        )));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_derive_the_same_device_key() {
        let (phone, server) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let ours = phone.device_key(&server.public(), &phone.public());
        let theirs = server.device_key(&phone.public(), &phone.public());
        assert_eq!(ours, theirs);
        assert_ne!(
            ours,
            Secret::new([3; 32]).device_key(&phone.public(), &phone.public())
        );
    }

    #[test]
    fn a_certificate_of_another_server_or_altered_is_refused() {
        let (phone, server) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let actors = [ActorId(4), ActorId(5), ActorId(6)];
        let mut certificate = Certificate::issue(&server, DeviceId(1), PersonId(2), actors, phone.public());
        assert!(certificate.is_of(&server.public()));
        assert!(!certificate.is_of(&phone.public()));
        certificate.owner = PersonId(3);
        assert!(!certificate.is_of(&server.public()));
    }
}
