//! What a worker marks on a patrol: points, packed in columns into a short text, and all that is known of them.
//!
//! No walk is followed: a point is there because a worker chose to mark it, on a planned segment, between the start of
//! a patrol and its end. Time is kept to the minute of the patrol, place to a ten-thousandth of a degree (about ten
//! metres); there are at most so many as [`limits`](crate::limits) says.

use crate::catalogue::built_in::field_work::{END, PLANNED, POINTS, TOUCHED};
use crate::catalogue::{EVENTS, LifeCycle};
use crate::ids::{ActorId, Dot};
use crate::limits::{
    PATROL_CHUNK_POINTS_MAX, PATROL_MINUTES_MAX, PATROL_SEGMENTS_MAX, PATROL_TRACK_POINTS_MAX,
};
use crate::record::{BadEdit, Edit, Entry, Record};
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A place that a worker marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Minutes since the patrol began, by the worker's phone.
    pub minute: u16,
    /// Latitude in ten-thousandths of a degree.
    pub lat_e4: i32,
    /// Longitude in ten-thousandths of a degree.
    pub lon_e4: i32,
}

/// Consecutive points that were marked on one planned segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Points {
    /// Which of the planned segments, from 0.
    pub segment: u16,
    /// The number of the first of them in its track, from 1; the others follow it.
    pub first_seq: u16,
    /// The points, in the order of time.
    pub points: Vec<Point>,
}

/// A point as it stands in a patrol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Which of the planned segments it was marked on, from 0.
    pub segment: u16,
    /// The point.
    pub point: Point,
}

/// The digits of the numbers: five bits each, and one that says whether more follow.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LAT_MAX: i32 = 900_000;
const LON_MAX: i32 = 1_800_000;

impl Points {
    /// Whether they keep to all bounds, and to the order of time.
    pub fn is_sound(&self) -> bool {
        let count = self.points.len();
        let last_seq = usize::from(self.first_seq) + count;
        let place = |point: &Point| {
            point.minute <= PATROL_MINUTES_MAX
                && point.lat_e4.abs() <= LAT_MAX
                && point.lon_e4.abs() <= LON_MAX
        };
        (1..=PATROL_CHUNK_POINTS_MAX).contains(&count)
            && usize::from(self.segment) < PATROL_SEGMENTS_MAX
            && self.first_seq >= 1
            && last_seq <= usize::from(PATROL_TRACK_POINTS_MAX) + 1
            && self.points.iter().all(place)
            && self.points.is_sorted_by_key(|point| point.minute)
    }

    /// As text: the segment, the first number, how many; then all times, all latitudes, all longitudes, each as its
    /// difference from the one before.
    pub fn pack(&self) -> String {
        let mut text = String::new();
        put(&mut text, u32::from(self.segment));
        put(&mut text, u32::from(self.first_seq));
        // A sound one has few.
        put(&mut text, self.points.len() as u32);
        let mut minute = 0;
        for point in &self.points {
            put(&mut text, u32::from(point.minute.saturating_sub(minute)));
            minute = point.minute;
        }
        for column in [|point: &Point| point.lat_e4, |point: &Point| point.lon_e4] {
            let mut before = 0i32;
            for point in &self.points {
                put(&mut text, zigzag(column(point).wrapping_sub(before)));
                before = column(point);
            }
        }
        text
    }

    /// Reads a text; none if it is not what [`Points::pack`] makes of sound points.
    pub fn unpack(text: &str) -> Option<Points> {
        let mut digits = text.bytes();
        let segment = u16::try_from(take(&mut digits)?).ok()?;
        let first_seq = u16::try_from(take(&mut digits)?).ok()?;
        let count = usize::try_from(take(&mut digits)?).ok()?;
        if count > PATROL_CHUNK_POINTS_MAX {
            return None;
        }
        let mut points = Vec::with_capacity(count);
        let mut minute = 0u32;
        for _ in 0..count {
            minute = minute.checked_add(take(&mut digits)?)?;
            points.push(Point {
                minute: u16::try_from(minute).ok()?,
                lat_e4: 0,
                lon_e4: 0,
            });
        }
        let columns: [fn(&mut Point) -> &mut i32; 2] = [|point| &mut point.lat_e4, |point| &mut point.lon_e4];
        for column in columns {
            let mut value = 0i32;
            for point in &mut points {
                value = value.checked_add(unzigzag(take(&mut digits)?))?;
                *column(point) = value;
            }
        }
        let points = Points {
            segment,
            first_seq,
            points,
        };
        // In one way only, and nothing behind it.
        (points.is_sound() && points.pack() == text).then_some(points)
    }
}

fn zigzag(number: i32) -> u32 {
    ((number << 1) ^ (number >> 31)) as u32
}

fn unzigzag(number: u32) -> i32 {
    ((number >> 1) as i32) ^ -((number & 1) as i32)
}

fn put(text: &mut String, mut number: u32) {
    loop {
        let more = number >= 32;
        let digit = (number & 31) as usize + if more { 32 } else { 0 };
        text.push(char::from(DIGITS[digit]));
        number >>= 5;
        if !more {
            return;
        }
    }
}

fn take(digits: &mut impl Iterator<Item = u8>) -> Option<u32> {
    let mut number = 0u32;
    for shift in (0..32).step_by(5) {
        let digit = digits.next()?;
        // One of 64.
        let bits = DIGITS.iter().position(|known| *known == digit)? as u32;
        let part = bits & 31;
        number |= part.checked_shl(shift).filter(|moved| moved >> shift == part)?;
        if bits < 32 {
            return Some(number);
        }
    }
    None
}

/// All points of a patrol, by the track they are of and their number in it. A track is what one phone marked, and is
/// called by the actor it wrote as. Where one number was given twice, the point that was written first stands; what was
/// written after the patrol had ended is no part of it.
pub fn track(record: &Record) -> BTreeMap<(ActorId, u16), Marked> {
    let ended = record
        .entries(EVENTS)
        .into_iter()
        .find(|entry| matches!(entry.what, Entry::Event { event, .. } if event == END))
        .map(|entry| entry.stamp);
    let mut track = BTreeMap::new();
    for entry in record.entries(POINTS) {
        let Entry::Note(Value::Text(text)) = &entry.what else {
            continue;
        };
        let within = ended.is_none_or(|ended| entry.stamp < ended);
        let Some(points) = Points::unpack(text).filter(|_| within) else {
            continue;
        };
        for (seq, point) in (points.first_seq..).zip(points.points) {
            let segment = points.segment;
            let marked = Marked { segment, point };
            track.entry((entry.dot.actor, seq)).or_insert(marked);
        }
    }
    track
}

/// The planned segments of a patrol, in order.
pub fn planned(record: &Record) -> Vec<&str> {
    match record.register(PLANNED) {
        Some(Value::Text(codes)) => codes.split_whitespace().collect(),
        _ => Vec::new(),
    }
}

/// The edit by which a phone marks points on a planned segment, as its next op is `next`; it also tells that the
/// segment was touched, where nobody has yet.
///
/// # Errors
/// [`BadEdit`] if the patrol has ended, has no such segment, or has no room for the points.
pub fn marking(seen: &Record, next: Dot, segment: &str, points: &[Point]) -> Result<Edit, BadEdit> {
    let unfit = |value: &str| BadEdit::Value {
        name: "points".into(),
        value: value.into(),
    };
    let kind = crate::catalogue::built_in::KINDS
        .iter()
        .find(|kind| kind.id == seen.kind && kind.life_cycle == LifeCycle::Patrol)
        .ok_or_else(|| unfit("a mark on what is no patrol"))?;
    if crate::lifecycle::status(kind, seen) != Some("open") {
        return Err(unfit("a mark after the end of the patrol"));
    }
    let place = planned(seen).iter().position(|planned| *planned == segment);
    let place = place.and_then(|place| u16::try_from(place).ok());
    let mut last_seq = 0;
    for entry in seen
        .entries(POINTS)
        .iter()
        .filter(|entry| entry.dot.actor == next.actor)
    {
        if let Entry::Note(Value::Text(text)) = &entry.what
            && let Some(earlier) = Points::unpack(text)
        {
            // A sound one has few.
            last_seq = last_seq.max(earlier.first_seq + earlier.points.len() as u16 - 1);
        }
    }
    let points = Points {
        segment: place.ok_or_else(|| unfit("a mark off the planned segments"))?,
        first_seq: last_seq + 1,
        points: points.to_vec(),
    };
    if !points.is_sound() {
        return Err(unfit(
            "more marks than a patrol has room for, or marks out of order",
        ));
    }
    let touched: BTreeSet<Entry> = seen
        .entries(TOUCHED)
        .into_iter()
        .map(|entry| entry.what)
        .collect();
    let mut edit = Edit::default();
    if !touched.contains(&Entry::Note(Value::from(segment))) {
        edit.append.push(("touched".into(), vec![Value::from(segment)]));
    }
    edit.append
        .push(("points".into(), vec![Value::Text(points.pack())]));
    Ok(edit)
}
