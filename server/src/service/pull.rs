//! Incremental pull: the records changed after a cursor, in the order of their last changes, up to the commit
//! that was published when the pull began.
//!
//! Each record stands in the log of changes once, at its last change. A record changed while a pull runs moves
//! beyond the commit the pull ends at, and the next pull, which begins there, finds it: nothing falls between.

use super::place::Place;
use super::row::{Row, RowMaker, record_of};
use crate::state::cell::RecordCell;
use crate::state::{StateError, key, read};
use crate::store::engine::{View, key_after};
use data_encoding::BASE64URL_NOPAD;
use otor_protocol::area::AreaCode;
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Position, RecordId};
use otor_protocol::keys::op_hash;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::op::KindId;

/// Most entries of the log of changes read for one page, under one view.
pub const PAGE_ENTRIES: usize = 16;
/// Bytes of records after which a page ends early.
const PAGE_BYTES: usize = 512 * 1024;

/// Which changes are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullFilter {
    /// Only records of this kind.
    pub kind: Option<KindId>,
    /// Only records in this area or in one it took over, and those that left it.
    pub area: Option<AreaCode>,
    /// Only those whose last change was received at this time or later, milliseconds since the Unix epoch.
    pub since_ms: Option<i64>,
    /// Only those whose last change was received before this time.
    pub until_ms: Option<i64>,
}

impl PullFilter {
    /// Short name of what a cursor depends on: a cursor taken for one kind or area says nothing about another.
    fn name(&self) -> u32 {
        let kind = self.kind.map_or(-1, |kind| i64::from(kind.0));
        let area = self.area.as_ref().map_or("", AreaCode::as_str);
        // The lower half of a hash is a hash.
        op_hash(format!("{kind} {area}").as_bytes()) as u32
    }
}

/// How far a series of pulls has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullCursor {
    /// The history it belongs to.
    pub incarnation: u64,
    /// Every change up to this commit has been pulled.
    pub commit: u64,
    filter: u32,
}

const CURSOR_VERSION: u8 = 1;

/// Why a cursor is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCursor {
    /// It is not a cursor.
    #[error("this is not a cursor of a pull")]
    Malformed,
    /// The server's data was restored since: positions of the old history mean nothing in the new one.
    #[error("the cursor belongs to another history of the server: pull everything anew, without a cursor")]
    OtherHistory,
    /// It was given for another kind or area.
    #[error("the cursor was given for another kind or area")]
    OtherFilter,
}

impl PullCursor {
    /// The text an administrator keeps.
    pub fn encode(self) -> String {
        let mut bytes = vec![CURSOR_VERSION];
        bytes.extend(self.incarnation.to_be_bytes());
        bytes.extend(self.commit.to_be_bytes());
        bytes.extend(self.filter.to_be_bytes());
        BASE64URL_NOPAD.encode(&bytes)
    }

    fn is_of_another(self, incarnation: u64, published: u64) -> bool {
        let other = self.incarnation != incarnation && !mutation::active(Mutation::PullOfAnotherHistory);
        other || self.commit > published
    }

    fn decode(text: &str) -> Option<PullCursor> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (incarnation, rest) = rest.split_at_checked(8)?;
        let (commit, filter) = rest.split_at_checked(8)?;
        let cursor = PullCursor {
            incarnation: u64::from_be_bytes(incarnation.try_into().ok()?),
            commit: u64::from_be_bytes(commit.try_into().ok()?),
            filter: u32::from_be_bytes(filter.try_into().ok()?),
        };
        (*version == CURSOR_VERSION).then_some(cursor)
    }
}

/// A pull that has begun: what it asks for, from where, and the commit at which it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    filter: PullFilter,
    place: Option<Place>,
    since_commit: u64,
    end: PullCursor,
}

impl Pull {
    /// Begins a pull at a cursor, or at the beginning. `published` is the commit the view shows.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read; inside, [`BadCursor`].
    pub fn begin(
        view: &dyn View,
        published: u64,
        filter: PullFilter,
        cursor: Option<&str>,
    ) -> Result<Result<Pull, BadCursor>, StateError> {
        let incarnation = read::server(view)?.incarnation;
        let end = PullCursor {
            incarnation,
            commit: published,
            filter: filter.name(),
        };
        let since_commit = match cursor.map(|text| PullCursor::decode(text).ok_or(BadCursor::Malformed)) {
            None => 0,
            Some(Err(bad)) => return Ok(Err(bad)),
            Some(Ok(cursor)) if cursor.is_of_another(incarnation, published) => {
                return Ok(Err(BadCursor::OtherHistory));
            }
            Some(Ok(cursor)) if cursor.filter != end.filter => return Ok(Err(BadCursor::OtherFilter)),
            Some(Ok(cursor)) => cursor.commit,
        };
        let place = filter
            .area
            .as_ref()
            .map(|area| Place::of(view, area))
            .transpose()?;
        Ok(Ok(Pull {
            filter,
            place,
            since_commit,
            end,
        }))
    }

    /// Where the first page begins.
    pub fn start(&self) -> Position {
        Position::after(self.since_commit)
    }

    /// The cursor for the next pull, to be kept once all pages have come.
    pub fn next_cursor(&self) -> PullCursor {
        self.end
    }
}

/// A piece of a pull.
#[derive(Clone, Debug, PartialEq)]
pub struct PullPage {
    /// Rows, in the order of change.
    pub rows: Vec<Row>,
    /// Where the next page begins; none at the end.
    pub next: Option<Position>,
}

/// One page of a pull. Every page may be of a later view than the one before.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn page(
    view: &dyn View,
    catalogue: &Catalogue,
    pull: &Pull,
    after: Position,
) -> Result<PullPage, StateError> {
    let from = key_after(&key::changed(after));
    let end = key::changed(Position {
        commit: pull.end.commit.saturating_add(1),
        index: 0,
    });
    let entries = read::range::<RecordId>(view, &from, &end, PAGE_ENTRIES)?;
    let full = entries.len() == PAGE_ENTRIES;
    let maker = RowMaker::new(view, catalogue);
    let mut page = PullPage {
        rows: Vec::new(),
        next: None,
    };
    let mut bytes = 0;
    for (place, id) in entries {
        if bytes > PAGE_BYTES {
            return Ok(page);
        }
        let missing = || StateError::Damaged { key: place.clone() };
        let cell = read::record(view, id)?.ok_or_else(missing)?;
        bytes += cell.state.len();
        page.next = Some(cell.changed);
        page.rows.extend(row(&maker, pull, id, &cell)?);
    }
    page.next = page.next.filter(|_| full);
    if mutation::active(Mutation::PullSkipsRestOfCommit) {
        page.next = page.next.map(|next| Position {
            index: u32::MAX,
            ..next
        });
    }
    Ok(page)
}

fn row(maker: &RowMaker, pull: &Pull, id: RecordId, cell: &RecordCell) -> Result<Option<Row>, StateError> {
    let filter = &pull.filter;
    let in_time = filter.since_ms.is_none_or(|since| cell.changed_ms >= since)
        && filter.until_ms.is_none_or(|until| cell.changed_ms < until);
    if !in_time {
        return Ok(None);
    }
    let record = record_of(id, cell)?;
    if filter.kind.is_some_and(|kind| kind != record.kind) {
        return Ok(None);
    }
    let left = match &pull.place {
        Some(place) if !place.contains(&record.area.val) => {
            // Only who has pulled it before has to hear that it left.
            let told_before = cell.first_commit <= pull.since_commit;
            let was_in = cell.past_areas.iter().rev().find(|past| place.contains(past));
            match was_in.filter(|_| told_before && !mutation::active(Mutation::PullDepartureUntold)) {
                Some(past) => Some(past),
                None => return Ok(None),
            }
        }
        _ => None,
    };
    if left.is_none() && mutation::active(Mutation::PullTellsOfAnother) {
        return maker.row(cell, &record).map(Some);
    }
    maker.own_row(cell, &record, left).map(Some)
}

#[cfg(test)]
mod tests;
