//! Likely double households: two records with one code, one place as it is said, or one telephone number. They are
//! suggestions for the worker to look at; nothing is ever joined by them.

use super::super::{Replica, Storage};
use super::Seen;
use super::text::normal_text;
use crate::area::AreaCode;
use crate::catalogue::built_in::household;
use crate::ids::RecordId;
use crate::lifecycle::normal_number;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A household that is being written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseholdDraft<'a> {
    /// Where it will be filed.
    pub area: &'a AreaCode,
    /// Its code.
    pub code: Option<&'a str>,
    /// Its place.
    pub place: Option<&'a str>,
    /// Its telephone number.
    pub phone: Option<&'a str>,
}

/// In what two households are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alike {
    /// They have one code.
    Code,
    /// In one village, the same is said of where they are.
    Place,
    /// They have a telephone number in common.
    Phone,
}

/// A household that may be another's double.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikeHousehold {
    /// The household.
    pub record: RecordId,
    /// In what it is alike.
    pub alike: BTreeSet<Alike>,
}

/// Something that two households hardly have in common by chance.
type Key = (Alike, String);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Doubles {
    of: BTreeMap<RecordId, BTreeSet<Key>>,
    by_key: BTreeMap<Key, BTreeSet<RecordId>>,
    /// Keys that several have.
    shared: BTreeSet<Key>,
}

fn keys<'a>(
    area: &AreaCode,
    code: Option<&str>,
    place: Option<&str>,
    phones: impl Iterator<Item = &'a str>,
) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    keys.extend(code.map(|code| (Alike::Code, code.to_string())));
    let place = place.map(normal_text).filter(|place| place.chars().count() > 1);
    // The same words name other doors in other villages.
    let village: String = area.as_str().chars().take(12).collect();
    keys.extend(place.map(|place| (Alike::Place, format!("{village} {place}"))));
    let phones = phones.map(normal_number).filter(|number| number.len() > 4);
    keys.extend(phones.map(|number| (Alike::Phone, number)));
    keys
}

impl Doubles {
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        if seen.kind.name != "household" {
            return;
        }
        let record = seen.record;
        let word = |field| record.register(field).and_then(Value::as_text);
        let phones = record.candidates(household::PHONE);
        let phones = phones.iter().filter_map(|phone| phone.value.as_text());
        let keys = keys(
            &record.area.val,
            word(household::CODE),
            word(household::PLACE),
            phones,
        );
        for key in &keys {
            let having = self.by_key.entry(key.clone()).or_default();
            having.insert(record.id);
            if having.len() > 1 {
                self.shared.insert(key.clone());
            }
        }
        self.of.insert(record.id, keys);
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        for key in self.of.remove(&id).unwrap_or_default() {
            let Some(having) = self.by_key.get_mut(&key) else {
                continue;
            };
            having.remove(&id);
            if having.len() < 2 {
                self.shared.remove(&key);
            }
            if having.is_empty() {
                self.by_key.remove(&key);
            }
        }
    }

    /// The households that have one of these keys.
    fn having(&self, keys: &BTreeSet<Key>) -> BTreeMap<RecordId, BTreeSet<Alike>> {
        let mut found: BTreeMap<RecordId, BTreeSet<Alike>> = BTreeMap::new();
        for key in keys {
            for id in self.by_key.get(key).into_iter().flatten() {
                found.entry(*id).or_default().insert(key.0);
            }
        }
        found
    }
}

impl<S: Storage> Replica<S> {
    /// Households that the phone holds and that may be the one being written down. Suggestions only.
    pub fn like_household(&self, draft: &HouseholdDraft<'_>) -> Vec<LikeHousehold> {
        let keys = keys(draft.area, draft.code, draft.place, draft.phone.into_iter());
        let found = self.index.doubles.having(&keys).into_iter();
        found
            .map(|(record, alike)| LikeHousehold { record, alike })
            .collect()
    }

    /// Households of which another that the phone holds may be a double, by their ids.
    pub fn like_households(&self) -> Vec<LikeHousehold> {
        let doubles = &self.index.doubles;
        let found = doubles.having(&doubles.shared).into_iter();
        found
            .map(|(record, alike)| LikeHousehold { record, alike })
            .collect()
    }
}
