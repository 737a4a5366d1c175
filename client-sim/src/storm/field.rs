//! The places and people of a storm: a grid for each phone, ten grids to a village, and for each village a colleague
//! who has written in all its grids before.

use std::fmt::Write;

/// Grids of a village.
pub(crate) const GRIDS_PER_VILLAGE: usize = 10;
/// Villages of a township.
const VILLAGES_PER_TOWNSHIP: usize = 50;
/// Most phones: the townships of a county have numbers of three digits.
pub const PHONES_MAX: usize = 800 * VILLAGES_PER_TOWNSHIP * GRIDS_PER_VILLAGE;
/// Most rows of one file that is imported.
const FILE_ROWS: usize = 100_000;

/// Code of a village.
pub(crate) fn village_code(village: usize) -> String {
    let (township, village) = (village / VILLAGES_PER_TOWNSHIP, village % VILLAGES_PER_TOWNSHIP);
    format!("150821{:03}{:03}", 100 + township, 1 + village)
}

/// Code of the grid of a phone.
pub(crate) fn grid_code(phone: usize) -> String {
    let grid = phone % GRIDS_PER_VILLAGE;
    format!("{}{:03}", village_code(phone / GRIDS_PER_VILLAGE), 1 + grid)
}

/// Villages of so many phones.
pub(crate) fn villages(phones: usize) -> usize {
    phones.div_ceil(GRIDS_PER_VILLAGE)
}

/// What a phone's worker is called.
pub(crate) fn worker_code(phone: usize) -> String {
    format!("w{phone}")
}

/// What a village's colleague is called.
pub(crate) fn colleague_code(village: usize) -> String {
    format!("c{village}")
}

/// The files to import, in order: the API's resource, and CSV.
pub(crate) fn files(phones: usize) -> Vec<(&'static str, String)> {
    let area = |code: String| format!("{code},{code},\n");
    let villages_of = 0..villages(phones);
    let areas = villages_of
        .clone()
        .map(village_code)
        .chain((0..phones).map(grid_code))
        .map(area);
    let workers = (0..phones).map(|phone| (worker_code(phone), grid_code(phone)));
    let colleagues = villages_of.map(|village| (colleague_code(village), village_code(village)));
    let persons = workers.chain(colleagues).map(|(code, place)| {
        let mut row = String::new();
        // Writing into a string cannot fail.
        let _ = writeln!(row, "{code},{code},{place}");
        row
    });
    let mut files = in_files("areas/import", "code,name,level\n", areas);
    files.extend(in_files("workers/import", "code,name,areas\n", persons));
    files
}

fn in_files(
    resource: &'static str,
    header: &str,
    rows: impl Iterator<Item = String>,
) -> Vec<(&'static str, String)> {
    let rows: Vec<String> = rows.collect();
    rows.chunks(FILE_ROWS)
        .map(|rows| (resource, format!("{header}{}", rows.concat())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use otor_protocol::area::AreaCode;

    #[test]
    fn every_phone_has_a_grid_of_its_own_within_its_village() {
        for phone in [0, 9, 10, 499, 500, 66_999, PHONES_MAX - 1] {
            let code = grid_code(phone);
            assert!(code.parse::<AreaCode>().is_ok(), "{code}");
            assert!(code.starts_with(&village_code(phone / GRIDS_PER_VILLAGE)));
        }
        let codes: std::collections::BTreeSet<String> = (0..2_000).map(grid_code).collect();
        assert_eq!(codes.len(), 2_000);
    }
}
