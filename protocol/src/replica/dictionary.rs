//! The dictionary that a phone's server has learned: fetched in pieces while the link is good, resumed where a cut left
//! it, checked before it is used, forgotten when the server no longer knows it.

use super::Replica;
use super::storage::{self, Batch, Storage};
use crate::limits::DICTIONARY_BYTES_MAX;
use crate::wire::{Dictionary, DictionaryPiece, Notice, Request};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A dictionary on its way, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fetching {
    number: u32,
    length: u32,
    #[serde(with = "serde_bytes")]
    hash: [u8; 16],
    bytes: ByteBuf,
}

/// The learned dictionary in use, and the one on its way.
#[derive(Clone, Default)]
pub(crate) struct Learned {
    using: Option<Arc<Dictionary>>,
    fetching: Option<Fetching>,
}

impl Learned {
    /// From what is stored. What cannot be used is not: it is fetched again.
    pub fn from_stored(using: Option<(u32, ByteBuf)>, fetching: Option<Fetching>) -> Self {
        let using = using.and_then(|(number, bytes)| Dictionary::from_bytes(number, &bytes).ok());
        Learned {
            using: using.map(Arc::new),
            fetching,
        }
    }
}

impl<S: Storage> Replica<S> {
    /// The dictionary that the server has learned and this phone has whole.
    pub fn learned_dictionary(&self) -> Option<Arc<Dictionary>> {
        self.learned.using.clone()
    }

    /// What a hello asks when the link is good: whatever is newer than what is here.
    pub(crate) fn dictionary_request(&self) -> Request {
        let fetching = self.learned.fetching.as_ref();
        Request::Dictionary {
            number: fetching.map_or(0, |one| one.number),
            // Bounded by DICTIONARY_BYTES_MAX.
            from: fetching.map_or(0, |one| one.bytes.len() as u32),
        }
    }

    /// Takes what a welcome says of a dictionary: it begins to be fetched, unless it is under way.
    pub(crate) fn take_notices(&mut self, notices: &[Notice]) -> Result<(), S::Error> {
        for notice in notices {
            let (number, bytes, hash) = match notice {
                Notice::Dictionary { number, bytes, hash } => (number, bytes, hash),
                Notice::Ended(ended) => {
                    self.note_ended(ended)?;
                    continue;
                }
            };
            let under_way = self.learned.fetching.as_ref();
            let same =
                under_way.is_some_and(|one| (one.number, one.length, one.hash) == (*number, *bytes, *hash));
            if same || *bytes as usize > DICTIONARY_BYTES_MAX {
                continue;
            }
            self.set_fetching(Some(Fetching {
                number: *number,
                length: *bytes,
                hash: *hash,
                bytes: ByteBuf::new(),
            }))?;
        }
        Ok(())
    }

    /// Takes a piece of the dictionary under way; whether it was the next. With the last it is checked, and used
    /// from the next exchange on if it is what the welcome told of.
    pub(crate) fn take_piece(&mut self, piece: &DictionaryPiece) -> Result<bool, S::Error> {
        let Some(mut fetching) = self.learned.fetching.clone() else {
            return Ok(false);
        };
        let follows = fetching.number == piece.number && fetching.bytes.len() == piece.from as usize;
        let end = fetching.bytes.len() + piece.bytes.len();
        if !follows || piece.bytes.is_empty() || end > fetching.length as usize {
            return Ok(false);
        }
        fetching.bytes.extend_from_slice(&piece.bytes);
        if end < fetching.length as usize {
            self.set_fetching(Some(fetching))?;
        } else {
            self.use_fetched(&fetching)?;
        }
        Ok(true)
    }

    fn use_fetched(&mut self, fetched: &Fetching) -> Result<(), S::Error> {
        let digest = Sha256::digest(&fetched.bytes);
        if digest[..fetched.hash.len()] != fetched.hash {
            return self.set_fetching(None);
        }
        let Ok(dictionary) = Dictionary::from_bytes(fetched.number, &fetched.bytes) else {
            return self.set_fetching(None);
        };
        let mut batch = Batch::default();
        batch.put(storage::DICTIONARY.to_vec(), &(fetched.number, &fetched.bytes));
        batch.delete(storage::FETCHING.to_vec());
        self.storage.apply(&batch)?;
        self.learned = Learned {
            using: Some(Arc::new(dictionary)),
            fetching: None,
        };
        Ok(())
    }

    fn set_fetching(&mut self, fetching: Option<Fetching>) -> Result<(), S::Error> {
        let mut batch = Batch::default();
        match &fetching {
            Some(fetching) => batch.put(storage::FETCHING.to_vec(), fetching),
            None => batch.delete(storage::FETCHING.to_vec()),
        }
        self.storage.apply(&batch)?;
        self.learned.fetching = fetching;
        Ok(())
    }

    /// Lets go of what was learned, and of what is under way: the server does not know it (any longer).
    pub(crate) fn forget_dictionaries(&mut self) -> Result<(), S::Error> {
        let mut batch = Batch::default();
        batch.delete(storage::DICTIONARY.to_vec());
        batch.delete(storage::FETCHING.to_vec());
        self.storage.apply(&batch)?;
        self.learned = Learned::default();
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ids::{ActorId, DeviceId, PersonId};
    use crate::keys::{Certificate, Secret};
    use crate::replica::Row;
    use crate::wire::EnrolReply;
    use crate::wire::text_alone;
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    #[derive(Clone, Default)]
    pub(in crate::replica) struct Rows(BTreeMap<Vec<u8>, Vec<u8>>);

    impl Storage for Rows {
        type Error = Infallible;

        fn load(&self) -> Result<Vec<Row>, Infallible> {
            Ok(self.0.clone().into_iter().collect())
        }

        fn apply(&mut self, batch: &Batch) -> Result<(), Infallible> {
            for (key, value) in batch.writes().iter().cloned() {
                match value {
                    Some(value) => self.0.insert(key, value),
                    None => self.0.remove(&key),
                };
            }
            Ok(())
        }

        fn sync(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    fn phone() -> Replica<Rows> {
        phone_told(1)
    }

    /// A phone whose server said that it knows so many packings.
    pub(in crate::replica) fn phone_told(packing: u8) -> Replica<Rows> {
        let (server, phone) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let actors = [ActorId(1), ActorId(2), ActorId(3)];
        let reply = EnrolReply {
            certificate: Certificate::issue(&server, DeviceId(1), PersonId(1), actors, phone.public()),
            server: server.public(),
            incarnation: 1,
            owner_name: String::new(),
            scopes: Vec::new(),
            packing,
            dictionary: 0,
        };
        match Replica::enrol(Rows::default(), [2; 32], reply) {
            Ok(replica) => replica,
            Err(never) => match never {},
        }
    }

    fn learned(text: &str) -> Vec<u8> {
        let payload = text_alone(text);
        Dictionary::of(0, None, [payload.as_slice()]).unwrap().to_bytes()
    }

    fn bytes() -> Vec<u8> {
        learned("入户走访，\0户主在家。\0")
    }

    fn notice(number: u32, bytes: &[u8]) -> [Notice; 1] {
        let digest = Sha256::digest(bytes);
        [Notice::Dictionary {
            number,
            bytes: bytes.len() as u32,
            hash: std::array::from_fn(|place| digest[place]),
        }]
    }

    fn piece(number: u32, from: usize, bytes: &[u8]) -> DictionaryPiece {
        DictionaryPiece {
            number,
            from: from as u32,
            bytes: ByteBuf::from(bytes.to_vec()),
        }
    }

    #[test]
    fn a_dictionary_comes_in_pieces_over_restarts_and_is_used_when_it_is_whole() {
        let (mut replica, bytes) = (phone(), bytes());
        replica.take_notices(&notice(300, &bytes)).unwrap();
        assert!(replica.take_piece(&piece(300, 0, &bytes[..7])).unwrap());
        // Not the next one, and not of this dictionary.
        assert!(!replica.take_piece(&piece(300, 0, &bytes[..7])).unwrap());
        assert!(!replica.take_piece(&piece(301, 7, &bytes[7..])).unwrap());
        let mut replica = Replica::open(replica.into_storage()).unwrap();
        assert_eq!(
            replica.dictionary_request(),
            Request::Dictionary { number: 300, from: 7 }
        );
        replica.take_notices(&notice(300, &bytes)).unwrap();
        assert!(replica.learned_dictionary().is_none());
        assert!(replica.take_piece(&piece(300, 7, &bytes[7..])).unwrap());
        let replica = Replica::open(replica.into_storage()).unwrap();
        assert_eq!(replica.learned_dictionary().unwrap().number(), 300);
        assert_eq!(
            replica.dictionary_request(),
            Request::Dictionary { number: 0, from: 0 }
        );
    }

    #[test]
    fn what_is_not_what_the_welcome_told_of_is_not_used() {
        let (mut replica, bytes) = (phone(), bytes());
        let mut other = bytes.clone();
        other[5] ^= 1;
        replica.take_notices(&notice(300, &bytes)).unwrap();
        assert!(replica.take_piece(&piece(300, 0, &other)).unwrap());
        assert!(replica.learned_dictionary().is_none());
        assert_eq!(
            replica.dictionary_request(),
            Request::Dictionary { number: 0, from: 0 }
        );
        // More than was told of is not taken either.
        replica.take_notices(&notice(300, &bytes)).unwrap();
        other.push(0);
        assert!(!replica.take_piece(&piece(300, 0, &other)).unwrap());
    }

    #[test]
    fn a_newer_dictionary_takes_the_place_of_one_on_its_way_while_the_old_is_used() {
        let (mut replica, bytes) = (phone(), bytes());
        replica.take_notices(&notice(300, &bytes)).unwrap();
        replica.take_piece(&piece(300, 0, &bytes)).unwrap();
        replica.take_notices(&notice(400, &bytes)).unwrap();
        replica.take_piece(&piece(400, 0, &bytes[..9])).unwrap();
        let newer = learned("巡查。\0");
        replica.take_notices(&notice(500, &newer)).unwrap();
        assert_eq!(replica.learned_dictionary().unwrap().number(), 300);
        replica.take_piece(&piece(500, 0, &newer)).unwrap();
        assert_eq!(replica.learned_dictionary().unwrap().number(), 500);
        replica.forget_dictionaries().unwrap();
        assert!(replica.learned_dictionary().is_none());
        assert!(
            Replica::open(replica.into_storage())
                .unwrap()
                .learned_dictionary()
                .is_none()
        );
    }
}
