//! `otor areas`: the area tree.

use super::connection::{Group, read_file_or_stdin};
use super::failure::Failure;
use super::{print, say};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Commands on the area tree.
#[derive(clap::Subcommand)]
pub(super) enum AreasCommand {
    /// Add or rename areas from a CSV file with the columns code, name, level
    #[command(after_long_help = "\
The first line names the columns. A byte order mark and Windows line ends are fine. Areas above a row's that are \
missing are made. Rows that are wrong are printed as `row 17: …`; the others are imported, and the exit status \
is 1.

Example:
  otor areas import areas.csv
  printf 'code,name,level\\n150821100201001,first grid,grid\\n' | otor areas import -")]
    Import {
        /// The CSV file, or - for standard input
        file: PathBuf,
    },
    /// Split an area into others; its records keep it, and its workers serve the parts too
    #[command(after_long_help = "\
The area's code is retired. What was written in it, or comes late from a phone, stays filed under it and is found \
with each of its parts; the parts need codes of their own. With --preview nothing is changed: you see who is \
concerned, and which phones may still hold unsent work.

Example:
  otor areas split 150821100201012 --into '150821100201013=grid 12a' --into '150821100201014=grid 12b'")]
    Split {
        /// The area that ends
        code: String,
        /// A part: its code, and, if it is new, its name
        #[arg(long, value_name = "CODE[=NAME]", required = true, value_parser = successor)]
        into: Vec<Successor>,
        /// Only show what would happen
        #[arg(long)]
        preview: bool,
    },
    /// Merge areas into one; their records keep them, and their workers serve the one too
    #[command(after_long_help = "\
Example:
  otor areas merge 150821100201001 150821100201002 --into '150821100201015=grid 15'")]
    Merge {
        /// The areas that end
        #[arg(required = true)]
        codes: Vec<String>,
        /// What they become: its code, and, if it is new, its name
        #[arg(long, value_name = "CODE[=NAME]", value_parser = successor)]
        into: Successor,
        /// Only show what would happen
        #[arg(long)]
        preview: bool,
    },
    /// Give an area, with all that lies in it, another code, elsewhere in the tree perhaps
    Move {
        /// The area that ends
        code: String,
        /// What it becomes: a code that is free, and another name if it gets one
        #[arg(long, value_name = "CODE[=NAME]", value_parser = successor)]
        to: Successor,
        /// Only show what would happen
        #[arg(long)]
        preview: bool,
    },
    /// Close an area; nothing takes its place
    Retire {
        /// The area that ends
        code: String,
        /// Only show what would happen
        #[arg(long)]
        preview: bool,
    },
    /// List areas, also those that have ended
    List {
        /// Only this area and those in it
        #[arg(long, value_name = "CODE")]
        under: Option<String>,
    },
}

pub(super) fn run(group: Group<AreasCommand>) -> Result<(), Failure> {
    let (client, as_json) = (group.connection.client()?, group.connection.json);
    match group.command {
        AreasCommand::Import { file } => {
            let csv = read_file_or_stdin(&file)?;
            print::import(&client.upload(&["areas", "import"], &csv)?, as_json)
        }
        AreasCommand::Split { code, into, preview } => {
            let body = json!({"into": into.iter().map(Successor::json).collect::<Vec<_>>()});
            let answer = client.post_with(&["areas", &code, "split"], dry_run(preview), &body)?;
            reshaped(&answer, as_json)
        }
        AreasCommand::Merge { codes, into, preview } => {
            let body = json!({"areas": codes, "into": into.json()});
            let answer = client.post_with(&["areas", "merge"], dry_run(preview), &body)?;
            reshaped(&answer, as_json)
        }
        AreasCommand::Move { code, to, preview } => {
            let answer = client.post_with(&["areas", &code, "move"], dry_run(preview), &to.json())?;
            reshaped(&answer, as_json)
        }
        AreasCommand::Retire { code, preview } => {
            let answer = client.post_with(&["areas", &code, "retire"], dry_run(preview), &json!({}))?;
            reshaped(&answer, as_json)
        }
        AreasCommand::List { under } => {
            let query: Vec<(&str, &str)> = under.iter().map(|code| ("under", code.as_str())).collect();
            let answer = client.get(&["areas"], &query)?;
            let columns: [print::Column; 7] = [
                ("code", |area| print::text(area, "code")),
                ("name", |area| print::text(area, "name")),
                ("level", |area| print::text(area, "level")),
                ("since", |area| print::text(area, "since")),
                ("until", |area| print::text(area, "until")),
                ("ended", |area| print::text(area, "ended")),
                ("successors", |area| print::text(area, "successors")),
            ];
            print::listing(&answer, "areas", &columns, as_json)
        }
    }
}

/// An area that takes the place of another.
#[derive(Clone, Debug)]
pub(super) struct Successor {
    code: String,
    name: Option<String>,
}

impl Successor {
    fn json(&self) -> Value {
        json!({"code": self.code, "name": self.name})
    }
}

fn successor(text: &str) -> Result<Successor, String> {
    let (code, name) = match text.split_once('=') {
        Some((code, name)) => (code, Some(name.to_string())),
        None => (text, None),
    };
    if code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("write a code, or CODE=NAME".into());
    }
    Ok(Successor {
        code: code.to_string(),
        name,
    })
}

/// What to add to the query for a preview.
pub(super) fn dry_run(preview: bool) -> &'static [(&'static str, &'static str)] {
    if preview { &[("dry_run", "true")] } else { &[] }
}

/// Reports a change of the tree, or what it would mean.
fn reshaped(answer: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return print::json(answer);
    }
    let (ended, new) = (print::text(answer, "retired"), print::text(answer, "added"));
    if answer.get("commit").is_some() {
        print::line(say!("say-areas-ended", codes = ended))?;
        print::line(say!("say-areas-new", codes = new))?;
    } else {
        print::line(say!("say-areas-would-end", codes = ended))?;
        print::line(say!("say-areas-would-be-new", codes = new))?;
    }
    print::line(say!("say-records-stay", count = print::text(answer, "records")))?;
    let workers = answer.get("workers").and_then(Value::as_array);
    for worker in workers.into_iter().flatten() {
        print::line(say!(
            "say-answers-for",
            code = print::text(worker, "code"),
            areas = print::text(worker, "areas")
        ))?;
    }
    phones(answer)
}

/// Reports the phones that a move or a change of the tree concerns, and the work that they may still hold.
pub(super) fn phones(answer: &Value) -> Result<(), Failure> {
    let phones = answer.get("phones").and_then(Value::as_array);
    let phones = phones.map_or(&[][..], Vec::as_slice);
    if phones.is_empty() {
        return print::line(say!("say-phones-none"));
    }
    let columns: [print::Column; 4] = [
        ("device", |phone| print::text(phone, "device")),
        ("worker", |phone| print::text(phone, "worker")),
        ("unsent", unsent),
        ("last met", |phone| match phone.get("last_met") {
            Some(_) => print::text(phone, "last_met"),
            None => say!("say-not-since", time = print::text(phone, "unknown_since")),
        }),
    ];
    print::line(print::table(&columns, phones))
}

fn unsent(phone: &Value) -> String {
    match phone.get("unsent") {
        Some(_) => print::text(phone, "unsent"),
        None => say!("say-not-known"),
    }
}
