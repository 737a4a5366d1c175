//! What the server makes of an op, and why one is kept aside.

use crate::op::FieldId;
use serde::{Deserialize, Serialize};

/// What the server made of an op. Nothing is dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Merged.
    #[serde(rename = "a")]
    Accepted,
    /// Waits for its record, or for something it removes; released by itself.
    #[serde(rename = "b")]
    Parked,
    /// Kept aside with the reason.
    #[serde(rename = "c")]
    Quarantined(Reason),
}

/// Why an op is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// Its bytes do not decode.
    #[serde(rename = "a")]
    Unreadable,
    /// Its author is not the phone's owner.
    #[serde(rename = "b")]
    WrongAuthor,
    /// Its actor is not the one of its record's lane.
    #[serde(rename = "c")]
    WrongLane,
    /// Its author did not answer for the area when it was written.
    #[serde(rename = "d")]
    OutOfArea,
    /// The phone had been revoked.
    #[serde(rename = "e")]
    DeviceRevoked,
    /// No such area.
    #[serde(rename = "f")]
    UnknownArea,
    /// No such kind in this server's catalogue.
    #[serde(rename = "g")]
    UnknownKind,
    /// No such record, and none will come.
    #[serde(rename = "h")]
    NoSuchRecord,
    /// An earlier op of the same actor on the same record is quarantined.
    #[serde(rename = "i")]
    BehindAnother,
    /// More parts than an op may have.
    #[serde(rename = "j")]
    TooMany,
    /// A field changed twice in one op.
    #[serde(rename = "k")]
    Twice(FieldId),
    /// A field written by another rule than its own.
    #[serde(rename = "l")]
    WrongRule(FieldId),
    /// A value that does not fit its field.
    #[serde(rename = "m")]
    BadValue(FieldId),
    /// A field that only the creating op may set.
    #[serde(rename = "n")]
    SetOnce(FieldId),
    /// An act above the author's level.
    #[serde(rename = "o")]
    NotAuthorised,
    /// The record would grow beyond its bound.
    #[serde(rename = "p")]
    RecordFull,
    /// A release of something that is not quarantined.
    #[serde(rename = "q")]
    NothingToRelease,
    /// A text with characters that cannot be shown or exported, such as NUL.
    #[serde(rename = "r")]
    Unprintable(FieldId),
}

impl Reason {
    /// All names.
    pub const NAMES: [&str; 18] = [
        "unreadable",
        "wrong_author",
        "wrong_lane",
        "out_of_area",
        "device_revoked",
        "unknown_area",
        "unknown_kind",
        "no_such_record",
        "behind_another",
        "too_many",
        "twice",
        "wrong_rule",
        "bad_value",
        "set_once",
        "not_authorised",
        "record_full",
        "nothing_to_release",
        "unprintable",
    ];

    /// Its short name, in the administrators' API and in `words`.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Unreadable => "unreadable",
            Reason::WrongAuthor => "wrong_author",
            Reason::WrongLane => "wrong_lane",
            Reason::OutOfArea => "out_of_area",
            Reason::DeviceRevoked => "device_revoked",
            Reason::UnknownArea => "unknown_area",
            Reason::UnknownKind => "unknown_kind",
            Reason::NoSuchRecord => "no_such_record",
            Reason::BehindAnother => "behind_another",
            Reason::TooMany => "too_many",
            Reason::Twice(_) => "twice",
            Reason::WrongRule(_) => "wrong_rule",
            Reason::BadValue(_) => "bad_value",
            Reason::SetOnce(_) => "set_once",
            Reason::NotAuthorised => "not_authorised",
            Reason::RecordFull => "record_full",
            Reason::NothingToRelease => "nothing_to_release",
            Reason::Unprintable(_) => "unprintable",
        }
    }

    /// The field it is about.
    pub fn field(self) -> Option<FieldId> {
        match self {
            Reason::Twice(field)
            | Reason::WrongRule(field)
            | Reason::BadValue(field)
            | Reason::SetOnce(field)
            | Reason::Unprintable(field) => Some(field),
            _ => None,
        }
    }
}
