//! `otor-sim mutants`: each rule taken away in turn, and whether the soak notices.

use super::failure::{Failure, print_line};

pub(super) const EXAMPLES: &str = "\
The rules are taken away by switches that no build has that is shipped:

  cargo run --release -p otor-sim --features mutations -- mutants

For each, days of the soak are run; where none fails, the rule could go unnoticed, and the exit status is 1. The first \
line is the same days with nothing taken away: all have to be sound.

Examples:
  otor-sim mutants                                        each until a day has caught it
  otor-sim mutants --all-seeds --seeds 0..40 --json       in how many of forty days; the last line is JSON
  otor-sim mutants --only AckBeforeSync";

/// What `mutants` is given.
#[derive(clap::Args)]
pub(super) struct MutantsArgs {
    /// The seeds: from A up to, but without, B
    #[arg(long, value_name = "A..B", value_parser = super::soak::seeds, default_value = "0..200")]
    seeds: (u64, u64),

    /// This day instead of drawn ones; may be given several times
    #[arg(long, value_name = "FILE")]
    trace: Vec<std::path::PathBuf>,

    /// These mutations only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,

    /// Run all seeds, not only until the first that catches it
    #[arg(long)]
    all_seeds: bool,

    /// Days of the full size: 20 phones, 600 ops, 80 exchanges
    #[arg(long)]
    full: bool,

    /// How many days at once; as many as there are cores, if left out
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Folder for the trace of the first day that is not sound with nothing taken away
    #[arg(long, value_name = "DIR")]
    out: Option<std::path::PathBuf>,

    /// Print the result as JSON in the last line
    #[arg(long)]
    json: bool,
}

/// How many runs making a day short may take.
#[cfg(any(feature = "mutations", debug_assertions))]
const SHRINK_TRIES: usize = 600;

#[cfg(not(any(feature = "mutations", debug_assertions)))]
pub(super) fn run(args: &MutantsArgs) -> Result<(), Failure> {
    let MutantsArgs {
        seeds: _,
        trace: _,
        only: _,
        all_seeds: _,
        full: _,
        threads: _,
        out: _,
        json: _,
    } = args;
    let _ = print_line;
    Err(Failure::Wrong(
        "this build has no mutations: cargo run --release -p otor-sim --features mutations -- mutants".into(),
    ))
}

#[cfg(any(feature = "mutations", debug_assertions))]
pub(super) fn run(args: &MutantsArgs) -> Result<(), Failure> {
    use crate::mutants;
    use crate::soak::Size;
    use crate::trace::Trace;
    use otor_protocol::mutation::Mutation;

    let named = |name: &String| {
        let known = Mutation::ALL.iter().find(|one| one.name() == name);
        known.copied().ok_or_else(|| {
            let names: Vec<&str> = Mutation::ALL.iter().map(|one| one.name()).collect();
            Failure::Wrong(format!(
                "there is no mutation {name:?}: take of {}",
                names.join(", ")
            ))
        })
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let traces = args.trace.iter().map(|path| super::replay::read_trace(path));
    let traces = traces.collect::<Result<Vec<Trace>, Failure>>()?;
    let options = mutants::Options {
        seeds: match traces.len() as u64 {
            0 => args.seeds.0..args.seeds.1,
            places => 0..places,
        },
        traces,
        size: if args.full { Size::STANDARD } else { Size::SMALL },
        only: args.only.iter().map(named).collect::<Result<_, _>>()?,
        first_only: !args.all_seeds,
        threads: args.threads.unwrap_or(cores),
    };
    let tried = mutants::run(&options, &|one| eprintln!("{}", mutants::line(one)));
    let unsound = tried
        .iter()
        .find(|one| one.mutation.is_none())
        .and_then(|one| one.first_seed);
    if let (Some(folder), Some(seed)) = (&args.out, unsound) {
        let short = mutants::made_short(seed, options.size, SHRINK_TRIES);
        let path = folder.join(format!("mutants-{seed}.jsonl"));
        std::fs::write(&path, short.write()).map_err(|error| Failure::file("write", &path, &error))?;
    }
    print_line(&mutants::table(&tried))?;
    let survived: Vec<&str> = tried
        .iter()
        .filter(|one| !one.is_well())
        .map(|one| one.mutation.unwrap_or("nothing taken away"))
        .collect();
    if args.json {
        let json = serde_json::to_string(&tried).map_err(|error| Failure::Broken(error.into()))?;
        print_line(&json)?;
    } else {
        print_line(&format!(
            "{} mutations, {} not as they should be: {}",
            tried.len() - 1,
            survived.len(),
            survived.join(", ")
        ))?;
    }
    if survived.is_empty() {
        Ok(())
    } else {
        Err(Failure::NotOk)
    }
}
