//! What the model of bytes has learnt: how likely bits are in like places, and the last large number in each.

use crate::wire::estimates::Places;

/// Places whose keys agree in so many bits share a large number.
const LARGE_LOG: u32 = 9;

/// A model of bytes that learns from all it tells.
pub(in crate::wire) struct Model {
    pub(super) places: Places,
    large: Vec<u64>,
}

impl Model {
    /// A model that has learnt nothing.
    pub fn new() -> Model {
        Model {
            places: Places::new(),
            large: vec![0; 1 << LARGE_LOG],
        }
    }

    /// One that goes on from this one, which is [`Model::settled`].
    pub fn begin(&self) -> Model {
        Model {
            places: self.places.begin(),
            large: self.large.clone(),
        }
    }

    /// Makes all it has learnt what others begin with, who share it.
    pub fn settled(self) -> Model {
        Model {
            places: self.places.settled(),
            ..self
        }
    }

    /// The last large number that was told under this key.
    pub(super) fn large(&mut self, key: u32) -> &mut u64 {
        &mut self.large[(key >> (32 - LARGE_LOG)) as usize]
    }
}
