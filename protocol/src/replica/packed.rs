//! How a phone's exchanges are packed: plainly, or by what it and its server know.

use super::{Replica, Storage};
use crate::wire::{Dictionaries, Dictionary, Packing};
use std::sync::Arc;

impl<S: Storage> Replica<S> {
    /// How exchanges are packed, unless it speaks plainly: lightly on a good link if the server knows that, else by
    /// models if it knows these.
    pub fn packing(&self) -> Packing {
        if self.plainly {
            return Packing::None;
        }
        match Packing::up_to(self.meta.packing) {
            Packing::Light if !self.pace().packs_lightly() => Packing::Modelled,
            known => known,
        }
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

#[cfg(test)]
mod tests {
    use super::super::dictionary::tests::{Rows, phone_told};
    use super::*;
    use crate::sync::pace::{ContactEnd, Delivery};

    fn met_a_good_link(phone: &mut Replica<Rows>) {
        let delivery = Delivery {
            bytes: 4_000,
            first_bytes: 1_400,
            ms: 2,
        };
        phone.note_delivery(delivery).unwrap();
    }

    #[test]
    fn a_phone_packs_by_models_until_it_has_met_a_good_link_and_again_after_a_cut() {
        let mut phone = phone_told(2);
        assert_eq!(phone.packing(), Packing::Modelled);
        met_a_good_link(&mut phone);
        phone.note_contact(5_000, ContactEnd::Well).unwrap();
        let mut phone = Replica::open(phone.into_storage()).unwrap();
        assert_eq!(phone.packing(), Packing::Light);
        assert!(phone.dictionary().is_none(), "the server named none");
        phone.note_contact(900, ContactEnd::Cut).unwrap();
        assert_eq!(phone.packing(), Packing::Modelled);
    }

    #[test]
    fn what_the_server_does_not_know_is_not_used_on_the_best_link_either() {
        for (told, used) in [
            (0, Packing::None),
            (1, Packing::Modelled),
            (2, Packing::Light),
            (9, Packing::Light),
        ] {
            let mut phone = phone_told(told);
            met_a_good_link(&mut phone);
            assert_eq!(phone.packing(), used);
            phone.speak_plainly(true);
            assert_eq!(phone.packing(), Packing::None);
        }
    }
}
