//! What accounts pull: each series of pulls with its cursor and what it has of the merged records, kept as docs/api.md
//! says, from a server in process or over the API.

use super::centre::Row;
use super::coverage::Coverage;
use crate::check;
use crate::trace::Pull;
use otor_protocol::ids::RecordId;
use std::collections::BTreeMap;

/// What a row of a pull says of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PulledState {
    /// It is there.
    Live,
    /// It was there and is filed elsewhere now.
    Left,
    /// It is there without what it held of persons.
    Erased,
}

/// A row of a pull.
#[derive(Clone, Debug, PartialEq)]
pub struct PulledRow {
    /// What it shows.
    pub row: Row,
    /// What it says of the record.
    pub state: PulledState,
}

/// How far a cursor has come. Only a server in this process shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The history.
    pub incarnation: u64,
    /// Every change up to this commit.
    pub commit: u64,
}

/// The answer to a pull, its rows still to come.
pub struct Opened<B> {
    /// Where they come from.
    pub body: B,
    /// The cursor for the next pull, to be kept once all rows have come.
    pub cursor: String,
    /// How far that has come.
    pub mark: Option<Mark>,
    /// The area that is pulled; none for the whole tree.
    pub place: Option<String>,
}

/// Where pulls come from.
pub trait Source {
    /// Rows on their way.
    type Body;
    /// Asks for what changed after a cursor, or for everything. None if the cursor is of another history.
    ///
    /// # Errors
    /// If it is refused, or there is no answer.
    fn begin(&mut self, asked: &Pull, cursor: Option<&str>) -> anyhow::Result<Option<Opened<Self::Body>>>;
    /// The next rows; none at the end.
    ///
    /// # Errors
    /// If the body has broken off.
    fn more(&mut self, body: &mut Self::Body) -> anyhow::Result<Vec<PulledRow>>;
    /// Whether something filed under a code counts in an area.
    ///
    /// # Errors
    /// If there is no answer.
    fn lies_in(&mut self, code: &str, area: &str) -> anyhow::Result<bool>;
    /// Whether an account may still pull.
    fn may(&self, account: Option<&str>) -> bool;
}

struct UnderWay<B> {
    opened: Opened<B>,
    /// Where it began; none for the beginning.
    from: Option<Mark>,
    begins_anew: bool,
    rows: Vec<PulledRow>,
}

struct Series<B> {
    cursor: Option<String>,
    mark: Option<Mark>,
    place: Option<String>,
    kept: BTreeMap<RecordId, PulledRow>,
    under_way: Option<UnderWay<B>>,
    /// A backup is in use without a word, and the cursor is of what that lacks: the server cannot know it.
    is_unsure: bool,
}

/// All pulls of a run.
pub struct Pulls<B> {
    series: BTreeMap<Pull, Series<B>>,
    /// The last commit when the server was backed up.
    backed_up: u64,
    found: Vec<String>,
}

impl<B> Default for Pulls<B> {
    fn default() -> Self {
        Pulls {
            series: BTreeMap::new(),
            backed_up: 0,
            found: Vec::new(),
        }
    }
}

/// Pulls of this account, kind and area, however many rows are read at a time.
fn series_of(asked: &Pull) -> Pull {
    Pull {
        rows: None,
        ..asked.clone()
    }
}

impl<B> Pulls<B> {
    /// The server is backed up after this commit.
    pub fn backed_up(&mut self, commit: u64) {
        self.backed_up = commit;
    }

    /// The commit after which it was backed up last.
    pub fn last_backup(&self) -> u64 {
        self.backed_up
    }

    /// A backup is used, and nobody says so.
    pub fn restored_untold(&mut self) {
        for series in self.series.values_mut() {
            series.is_unsure |= series.mark.is_some_and(|mark| mark.commit > self.backed_up);
        }
    }

    /// An account pulls: a body that it has not read to its end it reads on.
    ///
    /// # Errors
    /// If it is refused, or the body breaks off: then all is as it was before that pull began.
    pub fn pull(
        &mut self,
        asked: &Pull,
        source: &mut dyn Source<Body = B>,
        coverage: &mut Coverage,
    ) -> anyhow::Result<()> {
        let name = series_of(asked);
        let under_way = self
            .series
            .get_mut(&name)
            .and_then(|series| series.under_way.take());
        let went_on = under_way.is_some();
        if let Some(under_way) = under_way {
            match self.read(asked, under_way, source, coverage) {
                Ok(()) => {
                    coverage.hit("pull.went_on");
                    return Ok(());
                }
                Err(_) => coverage.hit("pull.broken_off"),
            }
        }
        let begun = self.begin(&name, source, coverage)?;
        let read = self.read(asked, begun, source, coverage);
        if read.is_err() && !went_on {
            coverage.hit("pull.broken_off");
        }
        read
    }

    fn begin(
        &mut self,
        name: &Pull,
        source: &mut dyn Source<Body = B>,
        coverage: &mut Coverage,
    ) -> anyhow::Result<UnderWay<B>> {
        let series = self.series.get(name);
        let (cursor, from) = series.map_or((None, None), |series| (series.cursor.clone(), series.mark));
        if let Some(opened) = source.begin(name, cursor.as_deref())? {
            return Ok(UnderWay {
                opened,
                from,
                begins_anew: cursor.is_none(),
                rows: Vec::new(),
            });
        }
        coverage.hit("pull.stale");
        let opened = source.begin(name, None)?;
        Ok(UnderWay {
            opened: opened
                .ok_or_else(|| anyhow::anyhow!("a pull without a cursor is of no other history"))?,
            from: None,
            begins_anew: true,
            rows: Vec::new(),
        })
    }

    /// Reads on, to the end or until enough has come.
    fn read(
        &mut self,
        asked: &Pull,
        mut under_way: UnderWay<B>,
        source: &mut dyn Source<Body = B>,
        coverage: &mut Coverage,
    ) -> anyhow::Result<()> {
        let most = asked.rows.map_or(usize::MAX, |rows| rows as usize);
        let mut came = 0;
        loop {
            let rows = source.more(&mut under_way.opened.body)?;
            if rows.is_empty() {
                self.keep(series_of(asked), under_way, coverage);
                return Ok(());
            }
            came += rows.len();
            if let Some(place) = &under_way.opened.place {
                let outside = check::outside(place, &rows, |code| source.lies_in(code, place))?;
                self.found.extend(outside);
            }
            under_way.rows.extend(rows);
            if came >= most {
                break;
            }
        }
        coverage.hit("pull.stopped");
        let series = self.series.entry(series_of(asked)).or_insert_with(Series::new);
        series.under_way = Some(under_way);
        Ok(())
    }

    /// All rows have come: they are laid over what was there, and the cursor goes on.
    fn keep(&mut self, name: Pull, ended: UnderWay<B>, coverage: &mut Coverage) {
        let UnderWay {
            opened,
            from,
            begins_anew,
            rows,
        } = ended;
        self.found.extend(check::body(from, opened.mark, &rows));
        let series = self.series.entry(name).or_insert_with(Series::new);
        if begins_anew {
            // What does not come again is gone.
            series.kept.clear();
            series.is_unsure = false;
        }
        for row in rows {
            let id = row.row.id;
            match row.state {
                PulledState::Left => {
                    coverage.hit("pull.left");
                    series.kept.remove(&id);
                }
                state => {
                    if state == PulledState::Erased {
                        coverage.hit("pull.erased");
                    }
                    series.kept.insert(id, row);
                }
            }
        }
        series.cursor = Some(opened.cursor);
        series.mark = opened.mark;
        series.place = opened.place;
    }

    /// Everybody pulls once more, to the end: what does not hold then, or did not on the way, a line each. `rows` are the
    /// merged records.
    ///
    /// # Errors
    /// If the server does not answer.
    pub fn conclude(
        &mut self,
        rows: &[Row],
        source: &mut dyn Source<Body = B>,
        coverage: &mut Coverage,
    ) -> anyhow::Result<Vec<String>> {
        let all: Vec<Pull> = self.series.keys().cloned().collect();
        for asked in all {
            if !source.may(asked.account.as_deref()) {
                continue;
            }
            // A body that was not read to its end ends where it was begun: what came since comes with the next.
            self.pull(&asked, source, coverage)?;
            self.pull(&asked, source, coverage)?;
            let Some(series) = self.series.get(&asked).filter(|series| !series.is_unsure) else {
                continue;
            };
            let mut wanted = BTreeMap::new();
            for row in rows {
                let is_of_kind = asked.kind.as_ref().is_none_or(|kind| *kind == row.kind);
                let is_here = match &series.place {
                    Some(place) => {
                        row.area.starts_with(place.as_str()) || source.lies_in(&row.area, place)?
                    }
                    None => true,
                };
                if is_of_kind && is_here {
                    wanted.insert(row.id, row);
                }
            }
            self.found.extend(check::pulled(&asked, &series.kept, &wanted));
            // Whoever pulls for the first time has the same.
            let mut first = Pulls::default();
            first.pull(&asked, source, coverage)?;
            let series = first.series.remove(&asked).unwrap_or_else(Series::new);
            self.found.extend(first.found);
            self.found.extend(check::pulled(&asked, &series.kept, &wanted));
        }
        Ok(std::mem::take(&mut self.found))
    }
}

impl<B> Series<B> {
    fn new() -> Self {
        Series {
            cursor: None,
            mark: None,
            place: None,
            kept: BTreeMap::new(),
            under_way: None,
            is_unsure: false,
        }
    }
}
