//! How a phone's exchanges are packed: plainly, or by what it and its server know.

use super::{Replica, Storage};
use crate::wire::{Dictionaries, Dictionary, Packing};
use std::sync::Arc;

impl<S: Storage> Replica<S> {
    /// How exchanges are packed: the best that this phone and its server know, unless it speaks plainly.
    pub fn packing(&self) -> Packing {
        if self.plainly {
            return Packing::None;
        }
        Packing::known(self.meta.packing)
    }

    /// Says whether the next requests go plainly, with each op as it is. So they are to when the server did not
    /// understand one: a fault in laying out or packing must not hold up a phone for ever.
    pub fn speak_plainly(&mut self, plainly: bool) {
        self.plainly = plainly;
    }

    /// Whether requests go without columns and packing.
    pub fn speaks_plainly(&self) -> bool {
        self.plainly
    }

    /// The dictionary that exchanges begin with: the one the server has taught, else one that phone and server both
    /// ship; none if they have none in common.
    pub fn dictionary(&self) -> Option<Arc<Dictionary>> {
        if self.packing() == Packing::None {
            return None;
        }
        if let Some(learned) = self.learned_dictionary() {
            return Some(learned);
        }
        if self.without_dictionary {
            return None;
        }
        self.dictionaries.dictionary(self.meta.dictionary)
    }

    /// Where dictionaries are found; those that this build ships, until this is called.
    pub fn use_dictionaries(&mut self, dictionaries: Arc<dyn Dictionaries>) {
        self.dictionaries = dictionaries;
    }

    /// The server does not know the dictionary that the last hello named.
    pub(crate) fn lacking_dictionary(&mut self) -> Result<(), S::Error> {
        if self.learned_dictionary().is_some() {
            return self.forget_dictionaries();
        }
        self.without_dictionary = true;
        Ok(())
    }
}
