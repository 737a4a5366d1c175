//! Receipt numbers: what a resident is given for a report, by a phone that is offline, and what finds the report for
//! ever, whatever number the server knows it by.

use crate::ids::{ActorId, BadRecordId, Dot, RecordId};
use crate::lifecycle::half_width;
use crate::record::Record;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A receipt number: the record's first number, five digits that cannot be guessed from it, and a check digit.
///
/// Digits only, in groups of four: they can be read out in every language and dialect, and typed on any telephone.
/// The five digits come from the millisecond at which the phone's clock says that the record was written. It never
/// changes and is never told to anybody but administrators; so of ten million numbers that somebody makes up, a
/// hundred at most are of records. They also tell apart two records that a phone and its copy gave one number to.
///
/// ```
/// use otor_protocol::ids::{ActorId, Dot, RecordId};
/// use otor_protocol::receipt::Receipt;
/// let receipt = Receipt::mint(RecordId(Dot::new(ActorId(17), 203)), 1_772_409_605_123);
/// assert_eq!(receipt.to_string().parse::<Receipt>(), Ok(receipt));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt {
    /// What the record was called when the number was given.
    pub record: RecordId,
    tag: u32,
}

/// A text that is no receipt number, or one with a wrong digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt number: a digit is missing or wrong")]
pub struct BadReceipt;

/// Digits that cannot be guessed.
const TAG_DIGITS: usize = 5;
/// Digits in a group.
const GROUP: usize = 4;
/// Most characters of a text that is looked at.
const CHARS_MAX: usize = 100;

impl Receipt {
    /// The receipt number of a record that is called `record`, and was written at `claimed_ms` by its writer's clock.
    pub fn mint(record: RecordId, claimed_ms: i64) -> Receipt {
        let hash = Sha256::new()
            .chain_update(b"otor v1 receipt")
            .chain_update(claimed_ms.to_be_bytes())
            .finalize();
        let number = hash
            .iter()
            .take(8)
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Receipt {
            record,
            // Below 10^5.
            tag: (number % 10u64.pow(TAG_DIGITS as u32)) as u32,
        }
    }

    /// The receipt number of a record under its present name.
    pub fn of(record: &Record) -> Receipt {
        Receipt::mint(record.id, record.creation.facts.claimed_ms)
    }

    /// Whether it was given for this record, whatever that is called now.
    pub fn is_for(&self, record: &Record) -> bool {
        Receipt::of(record).tag == self.tag
    }

    /// How many digits the record's seq has, the seq, the actor, the digits that cannot be guessed: all but the check
    /// digit.
    fn body(&self) -> String {
        let (actor, seq) = (self.record.0.actor.0, self.record.0.seq.to_string());
        let length = match seq.len() {
            few @ 1..=9 => few.to_string(),
            many => format!("0{many:02}"),
        };
        format!("{length}{seq}{actor}{:0width$}", self.tag, width = TAG_DIGITS)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = self.body();
        digits.push(char::from(
            b'0' + check_digit(digits.bytes().map(|digit| digit - b'0')),
        ));
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl FromStr for Receipt {
    type Err = BadReceipt;

    /// Reads a receipt number, however it is grouped and whatever digits it is written in: 0-9, full width, or
    /// Chinese numerals as they are read out, 幺 for one among them.
    fn from_str(text: &str) -> Result<Self, BadReceipt> {
        let mut digits = Vec::new();
        for c in text.chars().take(CHARS_MAX).map(half_width) {
            match digit_of(c) {
                Some(digit) => digits.push(digit),
                None if c.is_whitespace() || matches!(c, '-' | '—' | '–' | '.') => {}
                None => return Err(BadReceipt),
            }
        }
        if check_digit(digits.iter().copied()) != 0 {
            return Err(BadReceipt);
        }
        digits.pop();
        read_body(&digits).ok_or(BadReceipt)
    }
}

/// The record that somebody who may see records names by its id (`17-203`) or by a receipt number.
///
/// # Errors
/// [`BadRecordId`] if the text is neither.
pub fn record_named(text: &str) -> Result<RecordId, BadRecordId> {
    let by_receipt = || text.parse().map(|receipt: Receipt| receipt.record);
    text.parse()
        .or_else(|_: BadRecordId| by_receipt().map_err(|_| BadRecordId))
}

/// Reads all but the check digit.
fn read_body(digits: &[u8]) -> Option<Receipt> {
    let (first, rest) = digits.split_first()?;
    let (length, rest) = match first {
        0 => {
            let (length, rest) = rest.split_at_checked(2)?;
            (usize::from(length[0] * 10 + length[1]), rest)
        }
        few => (usize::from(*few), rest),
    };
    let (seq, rest) = rest.split_at_checked(length)?;
    let (actor, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_DIGITS)?)?;
    let receipt = Receipt {
        record: RecordId(Dot::new(
            ActorId(u32::try_from(number(actor)?).ok()?),
            number(seq)?,
        )),
        tag: u32::try_from(number(tag)?).ok()?,
    };
    // A number is written in one way only.
    let written = receipt.body();
    written
        .bytes()
        .map(|digit| digit - b'0')
        .eq(digits.iter().copied())
        .then_some(receipt)
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |sum, digit| {
        sum.checked_mul(10)?.checked_add(u64::from(*digit))
    })
}

/// The digit that a character stands for.
fn digit_of(c: char) -> Option<u8> {
    let chinese = ["零〇", "一幺", "二两", "三", "四", "五", "六", "七", "八", "九"];
    match c {
        // One decimal digit.
        '0'..='9' => Some(c as u8 - b'0'),
        // Ten entries.
        _ => chinese
            .iter()
            .position(|digits| digits.contains(c))
            .map(|digit| digit as u8),
    }
}

/// The check digit of H. Michael Damm's quasigroup of order ten: it tells of every single wrong digit and of every two
/// neighbours that changed places. With its check digit, a number comes to 0.
fn check_digit(digits: impl Iterator<Item = u8>) -> u8 {
    digits.fold(0, |interim, digit| {
        DAMM[usize::from(interim)][usize::from(digit % 10)]
    })
}

const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn receipt(actor: u32, seq: u64, claimed_ms: i64) -> Receipt {
        Receipt::mint(RecordId(Dot::new(ActorId(actor), seq)), claimed_ms)
    }

    proptest! {
        #[test]
        fn receipts_read_back_however_they_are_typed(actor: u32, seq: u64, claimed_ms: i64) {
            let receipt = receipt(actor, seq, claimed_ms);
            let text = receipt.to_string();
            prop_assert_eq!(text.parse(), Ok(receipt));
            prop_assert_eq!(text.replace('-', " ").parse(), Ok(receipt));
            let digits = text.replace('-', "");
            let wide = digits.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap_or(c));
            prop_assert_eq!(wide.collect::<String>().parse(), Ok(receipt));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,120}", digits in "[0-9]{0,50}") {
            for text in [text, digits] {
                if let Ok(receipt) = text.parse::<Receipt>() {
                    prop_assert_eq!(receipt.to_string().parse(), Ok(receipt));
                }
            }
        }

        #[test]
        fn a_wrong_digit_or_two_changed_about_are_caught(actor in 1u32..200_000, seq in 1u64..100_000, ms: i64) {
            let digits: Vec<char> = receipt(actor, seq, ms).to_string().replace('-', "").chars().collect();
            for place in 0..digits.len() {
                for other in ('0'..='9').filter(|other| *other != digits[place]) {
                    let mut typed = digits.clone();
                    typed[place] = other;
                    prop_assert!(typed.iter().collect::<String>().parse::<Receipt>().is_err());
                }
                let mut typed = digits.clone();
                if place > 0 && typed[place] != typed[place - 1] {
                    typed.swap(place, place - 1);
                    prop_assert!(typed.iter().collect::<String>().parse::<Receipt>().is_err());
                }
            }
        }
    }

    #[test]
    fn a_receipt_is_short_and_is_understood_as_it_is_read_out() {
        let receipt = receipt(4_210, 37, 1_772_409_605_123);
        let text = receipt.to_string();
        assert!(text.len() <= 16, "{text}");
        let spoken: String = text
            .chars()
            .filter_map(|c| "零幺二三四五六七八九".chars().nth(c.to_digit(10)? as usize))
            .collect();
        assert_eq!(spoken.parse(), Ok(receipt));
    }

    #[test]
    fn the_example_of_the_protocol_is_right() {
        assert_eq!(receipt(17, 203, 1_772_409_605_123).to_string(), "3203-1708-1245");
    }

    #[test]
    fn a_record_is_named_by_id_or_receipt() {
        let receipt = receipt(17, 203, 5);
        for text in ["17-203".to_string(), receipt.to_string()] {
            assert_eq!(record_named(&text), Ok(receipt.record));
        }
        assert_eq!(record_named("the one of Monday"), Err(BadRecordId));
    }

    #[test]
    fn what_cannot_be_guessed_is_spread_over_all_numbers() {
        let tags: std::collections::BTreeSet<u32> = (0..2_000).map(|ms| receipt(1, 1, ms).tag).collect();
        assert!(tags.len() > 1_950, "{} of 2000 differ", tags.len());
    }
}
