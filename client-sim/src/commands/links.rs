//! `otor-sim links`: the list of link profiles.

use super::failure::{Failure, print_line};

pub(super) fn run() -> Result<(), Failure> {
    print_line(&crate::link::table::profiles_table())
}

/// Names of all profiles.
pub(super) fn names() -> Vec<&'static str> {
    crate::link::profile::all()
        .iter()
        .map(|profile| profile.name)
        .collect()
}

/// A profile's name that exists.
///
/// # Errors
/// [`Failure::Wrong`] with the names there are.
pub(super) fn expect_known(name: Option<&str>) -> Result<(), Failure> {
    let names = names();
    match name {
        Some(name) if !names.contains(&name) => {
            let known = names.join(", ");
            Err(Failure::Wrong(format!(
                "there is no link {name:?}: take one of {known}"
            )))
        }
        _ => Ok(()),
    }
}
