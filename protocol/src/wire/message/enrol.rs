//! Messages of enrolment.

use super::ScopeGrant;
use crate::keys::{Certificate, PublicKeys};
use serde::{Deserialize, Serialize};

/// What a phone sends to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// [`crate::wire::PROTOCOL_VERSION`].
    pub protocol: u16,
    /// The one-time code of the invitation.
    pub code: String,
    /// The phone's public keys.
    pub keys: PublicKeys,
    /// Ed25519 signature over the code, to show that the phone holds the keys.
    #[serde(with = "serde_bytes")]
    pub proof: Vec<u8>,
}

impl EnrolRequest {
    /// What the proof signs.
    pub fn signed_bytes(code: &str, keys: &PublicKeys) -> Vec<u8> {
        let mut bytes = b"otor v1 enrol".to_vec();
        bytes.extend(crate::wire::encode(&(code, keys)));
        bytes
    }
}

/// What a phone gets when it is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolReply {
    /// The phone, its owner and its actors, signed by the server.
    pub certificate: Certificate,
    /// The server's keys, pinned by the phone from now on.
    pub server: PublicKeys,
    /// Name of the server's unbroken history.
    pub incarnation: u64,
    /// What the owner is called.
    pub owner_name: String,
    /// The scopes it holds.
    pub scopes: Vec<ScopeGrant>,
    /// The best packing of frames the server knows: the number of a [`crate::wire::Packing`].
    pub packing: u8,
    /// The number of a dictionary that the server knows; 0 for none.
    pub dictionary: u32,
}
