//! What has followed each character and each pair of characters: lists that many streams share, and for what one
//! stream has added, copies of its own.

use crate::limits::TEXT_FOLLOWERS_MAX;
use hashbrown::HashMap;
use std::sync::Arc;

/// Above this weight the counts of a list are halved.
const WEIGHT_MAX: u32 = 1 << 16;

/// A character's number, and how often it followed.
#[derive(Clone, Copy, Default)]
pub(super) struct Follower {
    pub number: u16,
    pub count: u16,
}

/// A piece of a list of followers.
#[derive(Clone, Copy)]
struct Piece {
    start: u32,
    len: u16,
    room: u16,
    /// Sum of the counts.
    count: u32,
}

/// Lists by key. The map is only ever asked.
#[derive(Default)]
struct Lists {
    places: HashMap<u32, u32>,
    pieces: Vec<(u32, Piece)>,
    followers: Vec<Follower>,
}

/// A list of followers.
#[derive(Clone, Copy)]
pub(super) struct List<'a> {
    pub followers: &'a [Follower],
    /// Sum of the counts.
    pub count: u32,
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
    fn find(&self, key: u32) -> Option<usize> {
        self.places.get(&key).map(|place| *place as usize)
    }

    fn list(&self, place: usize) -> List<'_> {
        let piece = self.pieces[place].1;
        let start = piece.start as usize;
        List {
            followers: &self.followers[start..start + usize::from(piece.len)],
            count: piece.count,
        }
    }

    fn insert(&mut self, key: u32, list: List<'_>) -> usize {
        let place = self.pieces.len();
        self.places.insert(key, place as u32);
        let len = list.followers.len() as u16;
        let room = len + 2;
        let piece = Piece {
            start: self.followers.len() as u32,
            len,
            room,
            count: list.count,
        };
        self.pieces.push((key, piece));
        self.followers.extend_from_slice(list.followers);
        let end = piece.start as usize + usize::from(room);
        self.followers.resize(end, Follower::default());
        place
    }

    fn count(&mut self, place: usize, number: u16) {
        let piece = &mut self.pieces[place].1;
        let start = piece.start as usize;
        let all = &mut self.followers[start..start + usize::from(piece.len)];
        if let Some(follower) = all.iter_mut().find(|follower| follower.number == number) {
            follower.count += 1;
            piece.count += 1;
            if 2 * piece.count > WEIGHT_MAX {
                all.iter_mut()
                    .for_each(|follower| follower.count = follower.count.div_ceil(2));
                piece.count = all.iter().map(|follower| u32::from(follower.count)).sum();
            }
        } else if usize::from(piece.len) < TEXT_FOLLOWERS_MAX {
            self.append(place, number);
        }
    }

    fn append(&mut self, place: usize, number: u16) {
        let piece = &mut self.pieces[place].1;
        let (start, len) = (piece.start as usize, usize::from(piece.len));
        if piece.len == piece.room {
            // Moves to the end, where there is room.
            let moved = self.followers.len();
            piece.room = piece.room.saturating_mul(2);
            piece.start = moved as u32;
            self.followers.extend_from_within(start..start + len);
            self.followers
                .resize(moved + usize::from(piece.room), Follower::default());
        }
        self.followers[piece.start as usize + len] = Follower { number, count: 1 };
        piece.len += 1;
        piece.count += 1;
    }
}

/// Lists as they were when streams begin, and as this stream has changed them.
#[derive(Default)]
pub(super) struct Contexts {
    begun: Arc<Lists>,
    own: Lists,
}

impl Contexts {
    /// Goes on from what another stream knew when it was [`Contexts::settled`].
    pub fn begin(&self) -> Contexts {
        Contexts {
            begun: Arc::clone(&self.begun),
            own: Lists::default(),
        }
    }

    /// Makes all it knows what streams begin with.
    pub fn settled(&self) -> Contexts {
        let mut all = Lists::default();
        let begun = self.begun.pieces.iter().enumerate();
        for (place, (key, _)) in begun.filter(|(_, (key, _))| self.own.find(*key).is_none()) {
            all.insert(*key, self.begun.list(place));
        }
        for (place, (key, _)) in self.own.pieces.iter().enumerate() {
            all.insert(*key, self.own.list(place));
        }
        Contexts {
            begun: Arc::new(all),
            own: Lists::default(),
        }
    }

    /// What has followed this; none if nothing has.
    pub fn get(&self, key: u32) -> Option<List<'_>> {
        match self.own.find(key) {
            Some(place) => Some(self.own.list(place)),
            None => self.begun.find(key).map(|place| self.begun.list(place)),
        }
    }

    /// Counts that a character has followed this.
    pub fn count(&mut self, key: u32, number: u16) {
        let place = match self.own.find(key) {
            Some(place) => place,
            None => {
                let none = List {
                    followers: &[],
                    count: 0,
                };
                let begun = self.begun.find(key).map_or(none, |place| self.begun.list(place));
                self.own.insert(key, begun)
            }
        };
        self.own.count(place, number);
    }
}
