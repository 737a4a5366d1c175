//! Steps of a block: where one in eight of its rows stands, with its whole key. In a block a key is told from the one
//! before, so that without them every row would be walked through from the first on.

/// Rows from one step to the next.
pub(super) const ROWS_EACH: usize = 8;

/// The steps, by key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// For each where its row begins, and where its key ends among the keys.
    places: Vec<(usize, usize)>,
    keys: Vec<u8>,
}

impl Steps {
    /// Adds a step behind all others.
    pub fn push(&mut self, row: usize, key: &[u8]) {
        self.keys.extend_from_slice(key);
        self.places.push((row, self.keys.len()));
    }

    /// The last step at or before a key: where its row begins, and its own key.
    pub fn before(&self, key: &[u8]) -> Option<(usize, &[u8])> {
        let (mut first, mut behind) = (0, self.places.len());
        while first < behind {
            let middle = (first + behind) / 2;
            match self.key(middle) <= key {
                true => first = middle + 1,
                false => behind = middle,
            }
        }
        let step = first.checked_sub(1)?;
        Some((self.places.get(step)?.0, self.key(step)))
    }

    /// Memory that they take.
    pub fn bytes(&self) -> usize {
        self.keys.len() + self.places.len() * size_of::<(usize, usize)>()
    }

    fn key(&self, step: usize) -> &[u8] {
        let end_of = |step: usize| self.places.get(step).map_or(0, |(_, end)| *end);
        let begin = step.checked_sub(1).map_or(0, end_of);
        self.keys.get(begin..end_of(step)).unwrap_or_default()
    }
}
