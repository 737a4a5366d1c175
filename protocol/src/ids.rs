//! Identifiers: who wrote, which op, which record, where in the server's history.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One stream of writing, issued by the server and never reused. A phone has one per lane, an
/// administrator's account one, the server's rules one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActorId(pub u32);

/// An enrolled phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId(pub u32);

/// Somebody who writes: a grid worker, an administrator's account, or the server's own rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u32);

impl PersonId {
    /// The server's own rules (delivery of tasks, deadlines).
    pub const SERVER: PersonId = PersonId(0);
}

/// A set of records that is synchronised as a whole: a grid, or one worker's inbox. Even numbers are
/// places in the area tree, odd ones inboxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScopeId(pub u32);

impl ScopeId {
    /// The scope of the area with the server's handle `handle`.
    pub fn of_area(handle: u32) -> Self {
        ScopeId(handle.saturating_mul(2))
    }

    /// The inbox of a person.
    pub fn inbox(person: PersonId) -> Self {
        ScopeId(person.0.saturating_mul(2).saturating_add(1))
    }

    /// Whether it is somebody's inbox.
    pub fn is_inbox(self) -> bool {
        self.0 % 2 == 1
    }
}

/// Name of one op: the `seq`-th op of `actor`, counted from 1 without gaps, removals included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dot {
    /// Who wrote.
    pub actor: ActorId,
    /// The how-manieth op of that actor, from 1.
    pub seq: u64,
}

impl Dot {
    /// The dot of op `seq` of `actor`.
    pub fn new(actor: ActorId, seq: u64) -> Self {
        Dot { actor, seq }
    }
}

/// A record is named by the dot of the op that created it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId(pub Dot);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0.actor.0, self.0.seq)
    }
}

/// A text that is neither a record id (`17-203`) nor a receipt number (`H-6B-9`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a record id such as 17-203, nor a receipt number such as H-6B-9")]
pub struct BadRecordId;

impl FromStr for RecordId {
    type Err = BadRecordId;

    /// Reads an id (`17-203`) or, with its check character, a receipt number (`H-6B-9`).
    fn from_str(text: &str) -> Result<Self, BadRecordId> {
        let parts: Vec<&str> = text.split('-').collect();
        match parts.as_slice() {
            [actor, seq] => {
                let actor = actor.parse().map_err(|_| BadRecordId)?;
                let seq = seq.parse().map_err(|_| BadRecordId)?;
                Ok(RecordId(Dot::new(ActorId(actor), seq)))
            }
            [actor, seq, check] => {
                let actor = read_base32(actor)
                    .and_then(|n| u32::try_from(n).ok())
                    .ok_or(BadRecordId)?;
                let seq = read_base32(seq).ok_or(BadRecordId)?;
                let id = RecordId(Dot::new(ActorId(actor), seq));
                if check.eq_ignore_ascii_case(&id.check_character().to_string()) {
                    Ok(id)
                } else {
                    Err(BadRecordId)
                }
            }
            _ => Err(BadRecordId),
        }
    }
}

/// Crockford's base 32: no I, L, O, U, so that it survives being read aloud.
const BASE32: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Crockford's five extra check symbols complete 37, the smallest prime above 32.
const CHECK: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

impl RecordId {
    /// The short number a resident is given, with a check character that catches any one wrong character.
    ///
    /// ```
    /// use otor_protocol::ids::{ActorId, Dot, RecordId};
    /// let id = RecordId(Dot::new(ActorId(17), 203));
    /// assert_eq!(id.receipt().parse::<RecordId>(), Ok(id));
    /// ```
    pub fn receipt(self) -> String {
        format!(
            "{}-{}-{}",
            base32(u64::from(self.0.actor.0)),
            base32(self.0.seq),
            self.check_character()
        )
    }

    fn check_character(self) -> char {
        let folded = (u128::from(self.0.actor.0) << 64 | u128::from(self.0.seq)) % 37;
        CHECK[folded as usize] as char
    }
}

fn base32(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(BASE32[(number % 32) as usize]);
        number /= 32;
        if number == 0 {
            break;
        }
    }
    digits.iter().rev().map(|digit| *digit as char).collect()
}

fn read_base32(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0u64, |sum, byte| {
        let upper = match byte.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        let digit = BASE32.iter().position(|known| *known == upper)? as u64;
        sum.checked_mul(32)?.checked_add(digit)
    })
}

/// Urgency of a record, fixed when it is created. Lower lanes go first both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Lane {
    /// Tasks, alerts, reports of severity 4.
    Urgent = 0,
    /// Other reports.
    Reports = 1,
    /// Everything else.
    Rest = 2,
}

impl Lane {
    /// All lanes, most urgent first.
    pub const ALL: [Lane; 3] = [Lane::Urgent, Lane::Reports, Lane::Rest];

    /// Index into arrays with one place a lane.
    pub fn index(self) -> usize {
        self as usize
    }
}

impl From<Lane> for u8 {
    fn from(lane: Lane) -> u8 {
        lane as u8
    }
}

impl TryFrom<u8> for Lane {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Lane::ALL.get(usize::from(number)).copied().ok_or("no such lane")
    }
}

/// A place in the server's history: an entry within a commit. Totally ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The commit, dense and server-wide, from 1.
    pub commit: u64,
    /// The entry within the commit.
    pub index: u32,
}

impl Position {
    /// Before everything.
    pub const ZERO: Position = Position { commit: 0, index: 0 };

    /// The first entry of `commit`.
    pub fn begin(commit: u64) -> Self {
        Position { commit, index: 0 }
    }

    /// After every entry of `commit`.
    pub fn after(commit: u64) -> Self {
        Position {
            commit,
            index: u32::MAX,
        }
    }
}

/// Authority of a writer, from the depth of what they answer for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Level(pub u8);

impl Level {
    /// A grid worker (网格员).
    pub const WORKER: Level = Level(1);
    /// A village or community station.
    pub const VILLAGE: Level = Level(2);
    /// A township or street centre.
    pub const TOWNSHIP: Level = Level(3);
    /// A county or banner centre.
    pub const COUNTY: Level = Level(4);
    /// A league or city centre.
    pub const LEAGUE: Level = Level(5);
    /// The server's own rules.
    pub const RULES: Level = Level(9);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn receipts_and_ids_read_back(actor: u32, seq: u64) {
            let id = RecordId(Dot::new(ActorId(actor), seq));
            prop_assert_eq!(id.receipt().parse::<RecordId>(), Ok(id));
            prop_assert_eq!(id.receipt().to_lowercase().parse::<RecordId>(), Ok(id));
            prop_assert_eq!(id.to_string().parse::<RecordId>(), Ok(id));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = text.parse::<RecordId>();
        }
    }

    #[test]
    fn a_wrong_character_in_a_receipt_is_caught() {
        let receipt = RecordId(Dot::new(ActorId(17), 203)).receipt();
        for (place, old) in receipt.char_indices().filter(|(_, c)| *c != '-') {
            for new in BASE32.iter().map(|b| *b as char).filter(|c| *c != old) {
                let mut typed: Vec<char> = receipt.chars().collect();
                typed[place] = new;
                let typed: String = typed.into_iter().collect();
                assert!(typed.parse::<RecordId>().is_err(), "{typed} passed for {receipt}");
            }
        }
    }
}
