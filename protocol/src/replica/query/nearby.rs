//! Nearby likely duplicates: reports that may tell of the same matter as one that is being written. They are
//! suggestions for the worker to look at; nothing is ever joined by them.

use super::super::{Replica, Storage};
use super::Seen;
use super::text::{Bigrams, normal_text};
use crate::area::AreaCode;
use crate::catalogue::LifeCycle;
use crate::catalogue::built_in::report;
use crate::ids::RecordId;
use crate::lifecycle::{self, DAY_MS, ReportStatus};
use crate::record::Record;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A report that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportDraft<'a> {
    /// Where it will be filed.
    pub area: Option<&'a AreaCode>,
    /// Title and description so far.
    pub text: &'a str,
    /// Its category, by its code.
    pub category: Option<&'a str>,
    /// The household it concerns, by its code.
    pub household: Option<&'a str>,
    /// Where it is, latitude and longitude in ten-millionths of a degree.
    pub place: Option<(i64, i64)>,
}

/// A report that may be about the same matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LikeReport {
    /// The report.
    pub record: RecordId,
    /// Its status.
    pub status: ReportStatus,
    /// How likely it is, in thousandths of the most there can be.
    pub likely: u32,
}

/// Days for which a report is compared with what is written now.
pub(super) const DAYS: i64 = 30;
/// Suggestions at most.
const SUGGESTED_MAX: usize = 5;
/// From which likelihood on something is suggested, in thousandths.
const LIKELY_MIN: u32 = 400;
/// How near is the same place, and from where on it is another, in metres.
const NEAR_M: (f64, f64) = (50.0, 300.0);
/// Side of the squares that places are sorted into, in ten-millionths of a degree: about 330 metres.
const SQUARE_E7: i64 = 30_000;

type Square = (i64, i64);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Compared {
    village: AreaCode,
    at_ms: i64,
    status: ReportStatus,
    category: Option<String>,
    household: Option<String>,
    place: Option<(i64, i64)>,
    text: Bigrams,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Nearby {
    of: BTreeMap<RecordId, Compared>,
    by_village: BTreeSet<(AreaCode, i64, RecordId)>,
    by_square: BTreeMap<Square, BTreeSet<(i64, RecordId)>>,
}

/// The village an area lies in, or the area itself if it is larger.
fn village(area: &AreaCode) -> AreaCode {
    let mut village = area.clone();
    while village.as_str().len() > 12
        && let Some(parent) = village.parent()
    {
        village = parent;
    }
    village
}

fn square((lat, lon): (i64, i64)) -> Square {
    (lat.div_euclid(SQUARE_E7), lon.div_euclid(SQUARE_E7))
}

fn text_of(record: &Record) -> String {
    let text = |field| {
        record
            .register(field)
            .and_then(Value::as_text)
            .unwrap_or_default()
    };
    [text(report::TITLE), text(report::DESCRIPTION)].concat()
}

fn place_of(record: &Record) -> Option<(i64, i64)> {
    match (record.register(report::LAT), record.register(report::LON)) {
        (Some(Value::DegreesE7(lat)), Some(Value::DegreesE7(lon))) => Some((*lat, *lon)),
        _ => None,
    }
}

impl Nearby {
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        if seen.kind.life_cycle != LifeCycle::Report {
            return;
        }
        let record = seen.record;
        let status = lifecycle::report(record).status;
        if status == ReportStatus::Withdrawn {
            return;
        }
        let word = |field| {
            let value = record.register(field).and_then(Value::as_text);
            value.map(str::to_string)
        };
        let compared = Compared {
            village: village(&record.area.val),
            at_ms: record.creation.facts.stamp.ms(),
            status,
            category: word(report::CATEGORY),
            household: word(report::HOUSEHOLD),
            place: place_of(record),
            text: Bigrams::of(&normal_text(&text_of(record))),
        };
        self.by_village
            .insert((compared.village.clone(), compared.at_ms, record.id));
        if let Some(place) = compared.place {
            self.by_square
                .entry(square(place))
                .or_default()
                .insert((compared.at_ms, record.id));
        }
        self.of.insert(record.id, compared);
    }

    pub(super) fn forget(&mut self, id: RecordId) {
        let Some(compared) = self.of.remove(&id) else {
            return;
        };
        let at_ms = compared.at_ms;
        self.by_village.remove(&(compared.village, at_ms, id));
        if let Some(square) = compared.place.map(square)
            && let Some(here) = self.by_square.get_mut(&square)
        {
            here.remove(&(at_ms, id));
            if here.is_empty() {
                self.by_square.remove(&square);
            }
        }
    }

    /// The reports of the draft's village and of the squares around its place, written since then.
    fn around(&self, draft: &ReportDraft<'_>, since_ms: i64) -> BTreeSet<RecordId> {
        let mut around = BTreeSet::new();
        if let Some(village) = draft.area.map(village) {
            let from = (village.clone(), since_ms, RecordId::default());
            let here = self.by_village.range(from..);
            around.extend(
                here.take_while(|(place, ..)| *place == village)
                    .map(|(.., id)| *id),
            );
        }
        if let Some((lat, lon)) = draft.place.map(square) {
            for square in (lat - 1..=lat + 1).flat_map(|lat| (lon - 1..=lon + 1).map(move |lon| (lat, lon))) {
                let here = self.by_square.get(&square).into_iter().flatten();
                around.extend(here.filter(|(at_ms, _)| *at_ms >= since_ms).map(|(_, id)| *id));
            }
        }
        around
    }
}

/// How near two places are, in thousandths: all of it up to 50 metres, none from 300 on.
fn near(one: (i64, i64), other: (i64, i64)) -> u32 {
    let metres_per_degree = 111_320.0;
    let degrees = |e7: i64| e7 as f64 / 1e7;
    let north = degrees(one.0 - other.0) * metres_per_degree;
    let east = degrees(one.1 - other.1) * metres_per_degree * degrees(one.0).to_radians().cos();
    let metres = north.hypot(east);
    let share = (NEAR_M.1 - metres) / (NEAR_M.1 - NEAR_M.0);
    // Between nothing and a thousand.
    (share.clamp(0.0, 1.0) * 1_000.0) as u32
}

/// How likely two reports tell of one matter, in thousandths: by their texts for half, by their places for three
/// tenths, by their category for the rest. Where a place is not known the text counts for it.
fn likely(draft: &ReportDraft<'_>, text: &Bigrams, other: &Compared) -> u32 {
    let same = |one: Option<&str>, other: &Option<String>| one.is_some() && one == other.as_deref();
    let alike = text.alike(&other.text);
    let place = match (draft.place, other.place) {
        _ if same(draft.household, &other.household) => 1_000,
        (Some(one), Some(other)) => near(one, other),
        _ => alike,
    };
    let category = u32::from(same(draft.category, &other.category)) * 1_000;
    (alike * 5 + place * 3 + category * 2) / 10
}

impl<S: Storage> Replica<S> {
    /// Reports of the last thirty days, in the village of a draft or around its place, that may be about the same
    /// matter: the likeliest first, a few at most. Suggestions only.
    pub fn like_report(&self, draft: &ReportDraft<'_>, now_ms: i64) -> Vec<LikeReport> {
        let nearby = &self.index.nearby;
        let text = Bigrams::of(&normal_text(draft.text));
        let since_ms = now_ms.saturating_sub(DAYS * DAY_MS);
        let mut found: Vec<LikeReport> = nearby
            .around(draft, since_ms)
            .into_iter()
            .filter_map(|record| {
                let other = nearby.of.get(&record)?;
                let likely = likely(draft, &text, other);
                let status = other.status;
                (likely >= LIKELY_MIN).then_some(LikeReport {
                    record,
                    status,
                    likely,
                })
            })
            .collect();
        found.sort_by_key(|like| (std::cmp::Reverse(like.likely), like.record));
        found.truncate(SUGGESTED_MAX);
        found
    }
}
