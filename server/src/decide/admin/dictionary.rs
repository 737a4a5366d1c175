//! Keeping a dictionary that was learned from the deployment's records.

use super::reach::{acting, whole_tree};
use super::refusal::{Decides, Stop, not_allowed, settle};
use crate::decide::{Decided, Desk};
use crate::state::cell::{DictionariesCell, DictionaryMark, PersonCell};
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

/// First number of a learned dictionary; below are those that are shipped.
pub const LEARNED_FIRST: u32 = 256;
/// Numbers end here, so that a hello names one in three bytes.
const LEARNED_END: u32 = 1 << 16;
/// Generations kept: a phone that has been away meets the server with an older one.
pub const GENERATIONS_KEPT: usize = 4;

/// A dictionary that was learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Its bytes.
    pub content: Vec<u8>,
    /// From how many texts.
    pub passages: u32,
}

/// The answer to a wish for a new dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The commit that holds it, or, where nothing is new, the last one.
    pub commit: u64,
    /// The number of the newest dictionary; none if there is none.
    pub number: Option<u32>,
    /// Whether it is a new one.
    pub is_new: bool,
}

/// Keeps what was learned, for the server's rules. What is the newest already is not kept again; `None` is too
/// little to learn from.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn keep(desk: &Desk, learned: Option<Learned>) -> Result<(Option<Decided>, Kept), StateError> {
    let list: DictionariesCell = read::get(desk.view, &key::dictionaries())?.unwrap_or_default();
    let newest = list.0.last();
    let unchanged = Kept {
        commit: desk.commit - 1,
        number: newest.map(|mark| mark.number),
        is_new: false,
    };
    let Some(learned) = learned else {
        return Ok((None, unchanged));
    };
    let hash: [u8; 32] = Sha256::digest(&learned.content).into();
    if newest.is_some_and(|mark| mark.hash == hash) {
        return Ok((None, unchanged));
    }
    let number = free_number(&hash, &list);
    let beyond = (list.0.len() + 1).saturating_sub(GENERATIONS_KEPT);
    let dropped = list.0.iter().take(beyond).map(|mark| mark.number).collect();
    let mark = DictionaryMark {
        number,
        // Bounded by DICTIONARY_BYTES_MAX where it is made.
        bytes: learned.content.len() as u32,
        hash,
        learned_ms: desk.now_ms,
        passages: learned.passages,
    };
    let act = Act::Dictionary {
        mark,
        content: ByteBuf::from(learned.content),
        dropped,
    };
    let kept = Kept {
        commit: desk.commit,
        number: Some(number),
        is_new: true,
    };
    Ok((Some(act.into()), kept))
}

/// A number that follows from the content, so that another history of the server hardly gives it to another one.
fn free_number(hash: &[u8; 32], list: &DictionariesCell) -> u32 {
    let span = LEARNED_END - LEARNED_FIRST;
    let first = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) % span;
    (0..span)
        .map(|step| LEARNED_FIRST + (first + step) % span)
        .find(|number| list.0.iter().all(|mark| mark.number != *number))
        // There are more numbers than generations are kept.
        .unwrap_or(LEARNED_FIRST)
}

/// The same for an account: one over the whole tree, since the texts of all areas go into it.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn keep_for(desk: &Desk, account: &PersonCell, learned: Option<Learned>) -> Decides<Kept> {
    settle(expect_whole_tree(account).and_then(|()| Ok(keep(desk, learned)?)))
}

fn expect_whole_tree(account: &PersonCell) -> Result<(), Stop> {
    acting(account)?;
    if whole_tree(account) {
        Ok(())
    } else {
        Err(not_allowed(
            "dictionaries are made of all areas' texts: an account over the whole tree is needed",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::admin::account::{self, NewAccount};
    use crate::decide::admin::token_hash;
    use crate::state::cell::DictionaryCell;
    use crate::test_server::TestServer;

    fn learned(text: &str) -> Option<Learned> {
        Some(Learned {
            content: text.as_bytes().to_vec(),
            passages: 1,
        })
    }

    fn list(server: &TestServer) -> Vec<u32> {
        let list: Option<DictionariesCell> =
            read::get(&server.reader().snapshot(), &key::dictionaries()).unwrap();
        list.unwrap_or_default()
            .0
            .iter()
            .map(|mark| mark.number)
            .collect()
    }

    #[test]
    fn what_is_the_newest_already_is_not_kept_again() {
        let mut server = TestServer::new();
        let first = server.decide(|desk| keep(desk, learned("one")));
        assert!(first.is_new && first.number >= Some(LEARNED_FIRST));
        let again = server.decide(|desk| keep(desk, learned("one")));
        assert_eq!(
            (again.number, again.is_new, again.commit),
            (first.number, false, first.commit)
        );
        let nothing = server.decide(|desk| keep(desk, None));
        assert_eq!((nothing.number, nothing.is_new), (first.number, false));
    }

    #[test]
    fn some_generations_are_kept_and_older_ones_go() {
        let mut server = TestServer::new();
        let numbers: Vec<u32> = ["1", "2", "3", "4", "5", "6"]
            .into_iter()
            .filter_map(|text| server.decide(move |desk| keep(desk, learned(text))).number)
            .collect();
        assert_eq!(list(&server), numbers[2..]);
        let held = |number: &u32| {
            read::get::<DictionaryCell>(&server.reader().snapshot(), &key::dictionary(*number)).unwrap()
        };
        assert_eq!(
            numbers.iter().filter(|number| held(number).is_some()).count(),
            GENERATIONS_KEPT
        );
    }

    #[test]
    fn another_dictionary_gets_another_number() {
        let hash = [7; 32];
        let mark = |number| DictionaryMark {
            number,
            bytes: 0,
            hash,
            learned_ms: 0,
            passages: 0,
        };
        let first = free_number(&hash, &DictionariesCell::default());
        let second = free_number(&hash, &DictionariesCell(vec![mark(first)]));
        assert_ne!(first, second);
    }

    #[test]
    fn an_account_of_a_part_of_the_tree_may_not() {
        let mut server = TestServer::new();
        let request = NewAccount {
            name: "township".into(),
            level: "township".into(),
            area: Some("150821100".into()),
        };
        let created = server.county(move |desk, own| account::create(desk, own, &request, token_hash("t")));
        created.expect("the account is made");
        let refused = server.account("township", |desk, account| {
            keep_for(desk, account, learned("one"))
        });
        assert!(refused.is_err());
        assert!(
            server
                .county(|desk, account| keep_for(desk, account, learned("one")))
                .unwrap()
                .is_new
        );
    }
}
