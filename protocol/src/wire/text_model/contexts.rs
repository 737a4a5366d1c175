//! What has followed each character and each pair of characters: lists that many streams share, and for what one
//! stream has added, copies of its own. Lists are only ever added to at their end.

use crate::limits::TEXT_FOLLOWERS_MAX;
use hashbrown::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Above this weight the counts of a list are halved.
const WEIGHT_MAX: u32 = 1 << 16;
/// What stands in no list.
pub(super) const NOWHERE: u16 = u16::MAX;
const _: () = assert!(TEXT_FOLLOWERS_MAX < NOWHERE as usize);

/// Where a list lies: numbers of followers, how often each followed, and for followers of two, where each stands in the
/// list of those of the second alone; each with the same room. So many are looked through at once.
#[derive(Clone, Copy)]
struct Piece {
    key: u32,
    start: u32,
    len: u16,
    room: u16,
    /// Sum of the counts.
    count: u32,
}

impl Piece {
    /// Rows of numbers.
    fn rows(&self) -> usize {
        if self.key <= u32::from(u16::MAX) { 2 } else { 3 }
    }

    fn range(&self, row: usize) -> Range<usize> {
        let start = self.start as usize + row * usize::from(self.room);
        start..start + usize::from(self.len)
    }

    /// All its rows, with their room.
    fn all(&self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.rows() * usize::from(self.room)
    }
}

/// Lists one after the other.
#[derive(Default)]
struct Lists {
    pieces: Vec<Piece>,
    cells: Vec<u16>,
}

/// A list of followers.
#[derive(Clone, Copy, Default)]
pub(super) struct List<'a> {
    /// Their characters' numbers.
    pub numbers: &'a [u16],
    /// How often each followed.
    pub counts: &'a [u16],
    /// For followers of two, where each stands in the list of those of the second alone, or [`NOWHERE`]; empty for
    /// those of one.
    pub alone: &'a [u16],
    /// Sum of the counts.
    pub count: u32,
}

impl List<'_> {
    /// Where a character stands in it.
    pub fn position(&self, number: u16) -> Option<usize> {
        const STEP: usize = 16;
        let mut chunks = self.numbers.chunks_exact(STEP);
        let mut start = 0;
        for chunk in &mut chunks {
            // Without an early end, so that all are compared at once.
            if chunk
                .iter()
                .fold(false, |found, other| found | (*other == number))
            {
                break;
            }
            start += STEP;
        }
        let rest = self.numbers[start..].iter().take(STEP);
        let within = rest.copied().position(|other| other == number)?;
        Some(start + within)
    }
}

/// Where a list is found.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    Nowhere,
    Begun(u32),
    Own(u32),
}

/// The key of what follows one character …
pub(super) fn after_one(number: u16) -> u32 {
    u32::from(number)
}

/// … and of what follows two.
pub(super) fn after_two(first: u16, second: u16) -> u32 {
    (u32::from(first) + 1) << 16 | u32::from(second)
}

impl Lists {
    fn list(&self, place: u32) -> List<'_> {
        let piece = &self.pieces[place as usize];
        List {
            numbers: &self.cells[piece.range(0)],
            counts: &self.cells[piece.range(1)],
            alone: if piece.rows() == 3 {
                &self.cells[piece.range(2)]
            } else {
                &[]
            },
            count: piece.count,
        }
    }

    /// Adds a list as it is elsewhere.
    fn copy(&mut self, other: &Lists, place: u32) -> u32 {
        let piece = other.pieces[place as usize];
        let start = self.cells.len() as u32;
        self.cells.extend_from_slice(&other.cells[piece.all()]);
        self.pieces.push(Piece { start, ..piece });
        self.pieces.len() as u32 - 1
    }

    fn empty(&mut self, key: u32) -> u32 {
        let piece = Piece {
            key,
            start: self.cells.len() as u32,
            len: 0,
            room: 2,
            count: 0,
        };
        self.cells.resize(piece.all().end, 0);
        self.pieces.push(piece);
        self.pieces.len() as u32 - 1
    }

    /// Counts the follower that stands there once more.
    fn again(&mut self, place: u32, at: u16) {
        let piece = &mut self.pieces[place as usize];
        let counts = &mut self.cells[piece.range(1)];
        counts[usize::from(at)] += 1;
        piece.count += 1;
        if 2 * piece.count > WEIGHT_MAX {
            counts.iter_mut().for_each(|count| *count = count.div_ceil(2));
            piece.count = counts.iter().map(|count| u32::from(*count)).sum();
        }
    }

    /// Adds a follower; where it stands then.
    fn append(&mut self, place: u32, number: u16, alone: u16) -> u16 {
        let piece = &mut self.pieces[place as usize];
        let at = piece.len;
        if usize::from(at) >= TEXT_FOLLOWERS_MAX {
            return NOWHERE;
        }
        if piece.len == piece.room {
            // Moves to the end, where there is room.
            let before = *piece;
            piece.start = self.cells.len() as u32;
            piece.room = piece.room.saturating_mul(2);
            self.cells.resize(piece.all().end, 0);
            for row in 0..piece.rows() {
                self.cells.copy_within(before.range(row), piece.range(row).start);
            }
        }
        piece.len += 1;
        piece.count += 1;
        for (row, cell) in [number, 1, alone].into_iter().enumerate().take(piece.rows()) {
            self.cells[piece.range(row).start + usize::from(at)] = cell;
        }
        at
    }
}

/// A stream adds so many followers, or few more.
const CELLS_USUAL: usize = 8_192;

/// Lists by their keys. It is only ever asked.
#[derive(Default)]
struct Begun {
    lists: Lists,
    /// For each number one more than where the list of its followers is; 0 for none.
    ones: Vec<u32>,
    twos: HashMap<u32, u32>,
}

impl Begun {
    fn find(&self, key: u32) -> Option<u32> {
        match u16::try_from(key) {
            Ok(one) => self.ones.get(usize::from(one))?.checked_sub(1),
            Err(_) => self.twos.get(&key).copied(),
        }
    }

    fn add(&mut self, other: &Lists, place: u32) {
        let key = other.pieces[place as usize].key;
        let place = self.lists.copy(other, place);
        match u16::try_from(key) {
            Ok(one) => {
                let len = self.ones.len().max(usize::from(one) + 1);
                self.ones.resize(len, 0);
                self.ones[usize::from(one)] = place + 1;
            }
            Err(_) => {
                self.twos.insert(key, place);
            }
        }
    }
}

/// Lists as they were when streams begin, and as this stream has changed them. The map is only ever asked.
#[derive(Default)]
pub(super) struct Contexts {
    begun: Arc<Begun>,
    /// For each list at the beginning one more than where its copy stands; 0 for none.
    copied: Vec<u32>,
    own: Lists,
    own_places: HashMap<u32, u32>,
}

impl Contexts {
    fn after(begun: Arc<Begun>) -> Contexts {
        Contexts {
            copied: vec![0; begun.lists.pieces.len()],
            begun,
            own: Lists {
                pieces: Vec::new(),
                cells: Vec::with_capacity(CELLS_USUAL),
            },
            own_places: HashMap::new(),
        }
    }

    /// Goes on from what another stream knew when it was [`Contexts::settled`].
    pub fn begin(&self) -> Contexts {
        Contexts::after(Arc::clone(&self.begun))
    }

    /// Makes all it knows what streams begin with.
    pub fn settled(&self) -> Contexts {
        let mut all = Begun::default();
        for (place, copied) in (0..).zip(&self.copied) {
            if *copied == 0 {
                all.add(&self.begun.lists, place);
            }
        }
        for place in 0..self.own.pieces.len() as u32 {
            all.add(&self.own, place);
        }
        Contexts::after(Arc::new(all))
    }

    /// Where what has followed this is found.
    #[inline]
    pub fn find(&self, key: u32) -> Slot {
        match self.begun.find(key) {
            Some(place) => match self.copied[place as usize].checked_sub(1) {
                Some(own) => Slot::Own(own),
                None => Slot::Begun(place),
            },
            None => match self.own_places.get(&key) {
                Some(own) => Slot::Own(*own),
                None => Slot::Nowhere,
            },
        }
    }

    /// What has followed; none if nothing has.
    #[inline]
    pub fn list(&self, slot: Slot) -> Option<List<'_>> {
        match slot {
            Slot::Nowhere => None,
            Slot::Begun(place) => Some(self.begun.lists.list(place)),
            Slot::Own(place) => Some(self.own.list(place)),
        }
    }

    /// The list of this stream's own.
    fn own(&mut self, slot: Slot, key: u32) -> u32 {
        match slot {
            Slot::Own(place) => place,
            Slot::Begun(begun) => {
                let place = self.own.copy(&self.begun.lists, begun);
                self.copied[begun as usize] = place + 1;
                place
            }
            Slot::Nowhere => {
                let place = self.own.empty(key);
                self.own_places.insert(key, place);
                place
            }
        }
    }

    /// Counts that the follower that stands there has followed this once more.
    pub fn again(&mut self, slot: Slot, key: u32, at: u16) {
        let place = self.own(slot, key);
        self.own.again(place, at);
    }

    /// Counts that a character has followed this for the first time; where it stands then. `alone` is where it stands
    /// in the list of what follows the last character alone.
    pub fn append(&mut self, slot: Slot, key: u32, number: u16, alone: u16) -> u16 {
        let place = self.own(slot, key);
        self.own.append(place, number, alone)
    }
}
