//! The lists of a phone are what going through all its records gives: an index that has missed a change is found,
//! whatever the phone has been through.

use super::Checked;
use otor_protocol::replica::Storage;

/// One line for every phone whose lists are wrong.
pub fn lists<S: Storage>(phones: &[Checked<S>]) -> Vec<String> {
    let wrong = phones.iter().filter(|phone| !phone.replica.index_is_right());
    wrong
        .map(|phone| format!("the lists of {} are not what its records say", phone.name))
        .collect()
}
