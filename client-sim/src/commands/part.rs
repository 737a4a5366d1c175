//! `otor-sim part`: one part of an exchange over and over, for whoever counts instructions.

use super::failure::{Failure, print_line};
use crate::in_process::cost::parts;

/// What `part` is given.
#[derive(clap::Args)]
pub(super) struct PartArgs {
    /// Which, by its number; how many there are without it
    number: Option<usize>,

    /// How often
    #[arg(long, value_name = "N", default_value_t = 10)]
    times: u32,
}

pub(super) fn run(args: &PartArgs) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::Broken(error.into()))?;
    let Some(number) = args.number else {
        return print_line(&parts::COUNT.to_string());
    };
    if number >= parts::COUNT {
        return Err(Failure::Wrong(format!("there is no part {number}")));
    }
    let mut part = parts::one(folder.path(), number)?;
    print_line(part.name)?;
    for _ in 0..args.times {
        part.run()?;
    }
    Ok(())
}
