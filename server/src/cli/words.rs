//! `otor words`: the languages that the command line and exports speak, and all their words, for whoever checks them.

use super::failure::Failure;
use super::{print, say, tongue};
use otor_protocol::words::Language;
use serde_json::{Value, json};

pub(super) const EXAMPLES: &str = "\
Words are in Fluent files (protocol/words, server/words), a folder a language. Those that no native reader has checked \
are drafts: their files begin with a line that says so.

A deployment's own codes have words too: a folder with a file a language (zh-Hans.ftl, en.ftl …), named by OTOR_WORDS or \
words in the config file, for the server and for this command line. A line is code-FIELD-CODE = WORD; any other word can \
be another there, too.

Examples:
  otor words list
  otor words show --lang mn-Mong
  otor words show status --lang zh-Hans --json
  echo 'code-category-flue = 烟道改装' > words/zh-Hans.ftl && OTOR_WORDS=words otor words show code-category";

/// Commands on words.
#[derive(clap::Subcommand)]
pub(super) enum WordsCommand {
    /// List the languages
    List,
    /// Show the words of a language beside the English ones
    Show {
        /// Only those whose identifiers begin so: kind, field, event, status, reason, …
        beginning: Option<String>,
    },
}

/// Arguments of `otor words`.
#[derive(clap::Args)]
pub(super) struct WordsArgs {
    #[command(subcommand)]
    command: WordsCommand,
    /// Print as JSON
    #[arg(long, global = true)]
    json: bool,
}

pub(super) fn run(args: &WordsArgs) -> Result<(), Failure> {
    match &args.command {
        WordsCommand::List => list(args.json),
        WordsCommand::Show { beginning } => show(beginning.as_deref().unwrap_or_default(), args.json),
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    let languages = Language::ALL.map(|language| {
        let (words, _) = tongue::all(language);
        json!({"lang": language.tag(), "name": language.name(), "draft": words.is_draft()})
    });
    let columns: [print::Column; 3] = [
        ("language", |one| print::text(one, "lang")),
        ("name", |one| print::text(one, "name")),
        ("draft", |one| match one["draft"].as_bool() {
            Some(true) => say!("say-yes"),
            _ => say!("say-no"),
        }),
    ];
    print::listing(&json!({ "languages": languages }), "languages", &columns, as_json)
}

fn show(beginning: &str, as_json: bool) -> Result<(), Failure> {
    let language = tongue::language();
    let (words, all) = tongue::all(language);
    let (_, english) = tongue::all(Language::English);
    let chosen = all.iter().filter(|(id, _)| id.starts_with(beginning));
    if as_json {
        let chosen: serde_json::Map<String, Value> = chosen
            .map(|(id, word)| (id.clone(), word.as_str().into()))
            .collect();
        return print::json(&json!({
            "lang": language.tag(), "draft": words.is_draft(), "words": chosen,
        }));
    }
    let rows: Vec<Value> = chosen
        .map(|(id, word)| json!({"id": id, "english": english.get(id), "word": word}))
        .collect();
    let columns: [print::Column; 3] = [
        ("id", |row| print::text(row, "id")),
        ("English", |row| print::text(row, "english")),
        ("word", |row| print::text(row, "word")),
    ];
    print::line(print::table(&columns, &rows))
}
