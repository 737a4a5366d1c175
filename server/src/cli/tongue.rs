//! The language in which a command line speaks: chosen once, before the command runs. What programs read (`--json`,
//! exports without `--lang`) keeps its names.

#[cfg(test)]
mod tests;

use super::failure::Failure;
use super::print;
use crate::{settings, words};
use otor_protocol::words::{Argument, Files, Language, OwnWords, Words};
use serde_json::Value;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The words of the server, beside the catalogue's.
const FILES: [Files; 3] = [words::commands, words::statistics, words::help];

/// Says `--lang none`: no words, but the names of the catalogue.
const NAMES: &str = "none";

thread_local! {
    static TONGUE: RefCell<Option<Rc<Tongue>>> = const { RefCell::new(None) };
}

/// How a command line speaks.
struct Tongue {
    words: Words,
    /// The deployment's own among them.
    own: OwnWords,
    /// Kinds, statuses and the like keep their names.
    names: bool,
    /// The language of exports: only what was asked for with this command.
    exports: Option<Language>,
}

/// What says which language is meant.
#[derive(Default)]
pub(super) struct Wish {
    /// `--lang`.
    pub flag: Option<String>,
    /// `OTOR_LANG`.
    pub variable: Option<String>,
    /// `lang` in the config file.
    pub config: Option<String>,
    /// The system's locale.
    pub system: Option<String>,
    /// The folder of the deployment's own words, `OTOR_WORDS` or `words` in the config file.
    pub words: Option<PathBuf>,
}

impl Wish {
    /// For names as programs know them.
    #[cfg(test)]
    pub fn names() -> Self {
        Wish {
            flag: Some(NAMES.to_string()),
            ..Wish::default()
        }
    }

    /// What was given, by the flag first.
    fn given(&self) -> Option<&String> {
        [&self.flag, &self.variable, &self.config]
            .into_iter()
            .flatten()
            .next()
    }

    /// What was given with the command, this process's environment and the config file.
    pub fn of(flag: Option<String>, config: Option<&Path>) -> Self {
        let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let file = config
            .map(Path::to_path_buf)
            .or_else(|| variable("OTOR_CONFIG").map(Into::into));
        Wish {
            flag,
            variable: variable("OTOR_LANG"),
            config: file.as_deref().and_then(settings::language),
            words: variable("OTOR_WORDS")
                .map(PathBuf::from)
                .or_else(|| file.as_deref().and_then(settings::words)),
            system: variable("LC_ALL")
                .or_else(|| variable("LC_MESSAGES"))
                .or_else(|| variable("LANG")),
        }
    }
}

/// Chooses the language.
///
/// # Errors
/// [`Failure::BadInput`] for one that there are no words in; the system's may be any.
pub(super) fn choose(wish: &Wish) -> Result<(), Failure> {
    let given = wish.given();
    let names = given.is_some_and(|given| given == NAMES);
    let language = match given.filter(|_| !names) {
        Some(given) => Language::meant_by(given).ok_or_else(|| unknown(given))?,
        None if names => Language::English,
        None => {
            let system = wish.system.as_deref().and_then(Language::meant_by);
            system.unwrap_or(Language::English)
        }
    };
    let own = match &wish.words {
        Some(folder) => words::own(folder).map_err(Failure::BadInput)?,
        None => OwnWords::default(),
    };
    let words = Words::with_own(language, &FILES, &own);
    if words.is_draft() {
        let about = [("language", Argument::from(language.name()))];
        print::note(&format!("otor: {}", words.say("say-draft", &about)));
    }
    let exports = wish.flag.as_ref().filter(|_| !names).map(|_| language);
    let tongue = Tongue {
        words,
        own,
        names,
        exports,
    };
    TONGUE.set(Some(Rc::new(tongue)));
    Ok(())
}

/// The words of a language in which the command line's help is not English.
pub(super) fn of_help(wish: &Wish) -> Option<Words> {
    let given = wish.given().or(wish.system.as_ref())?;
    let language = Language::meant_by(given)?;
    (language != Language::English).then(|| Words::with(language, &FILES))
}

fn unknown(given: &str) -> Failure {
    let known = Language::ALL.map(Language::tag).join(", ");
    Failure::BadInput(super::say!(
        "fail-unknown-language",
        lang = given,
        known = format!("{known}, {NAMES}")
    ))
}

fn tongue() -> Rc<Tongue> {
    TONGUE.with_borrow_mut(|tongue| {
        let english = || {
            Rc::new(Tongue {
                words: Words::with(Language::English, &FILES),
                own: OwnWords::default(),
                names: false,
                exports: None,
            })
        };
        Rc::clone(tongue.get_or_insert_with(english))
    })
}

/// A sentence; see [`say`](super::say).
pub(super) fn sentence(id: &str, about: &[(&str, Argument)]) -> String {
    tongue().words.say(id, about)
}

/// The language that exports were asked for in with this command.
pub(super) fn of_exports() -> Option<&'static str> {
    tongue().exports.map(Language::tag)
}

/// A heading of a table.
pub(super) fn heading(heading: &'static str) -> String {
    let id = format!("heading-{}", slug(heading));
    tongue().words.find(&id).unwrap_or_else(|| heading.to_string())
}

/// A heading as a part of an identifier.
pub(super) fn slug(heading: &str) -> String {
    let words = heading.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase()
}

/// A cell of a table: in words, where it holds a name of the catalogue.
pub(super) fn cell(heading: &str, row: &Value, text: String) -> String {
    let kind = row.get("kind").and_then(Value::as_str).unwrap_or_default();
    told(text, |words, text| match heading {
        "kind" => words.kind(text),
        "status" => words.status(kind, text),
        "event" => words.event(kind, text),
        "level" => words.level(text),
        "ended" => words.ending(text),
        "reason" => words.reason(text),
        "act" => words
            .find(&format!("act-{text}"))
            .unwrap_or_else(|| text.to_string()),
        _ => text.to_string(),
    })
}

/// A reason for keeping an edit aside.
pub(super) fn reason(reason: &str) -> String {
    told(reason.to_string(), Words::reason)
}

/// What a statistic, a measure, a division of figures is called.
pub(super) fn called(sort: &str, name: &str) -> String {
    told(name.to_string(), |spoken, name| words::called(spoken, sort, name))
}

/// The part of a division that a figure is of.
pub(super) fn group(division: &str, part: &str) -> String {
    told(part.to_string(), |spoken, part| {
        words::part(spoken, division, part)
    })
}

/// What a running server tells of itself under this name.
pub(super) fn of_server(name: &str) -> String {
    told(name.to_string(), |words, name| {
        words
            .find(&format!("server-{name}"))
            .unwrap_or_else(|| name.to_string())
    })
}

/// A part of a record's row, by its name, and what it holds.
pub(super) fn part(kind: &str, name: &str, value: &Value) -> (String, Value) {
    let tongue = tongue();
    let words = &tongue.words;
    let holds = |told: &dyn Fn(&str) -> String| match value {
        Value::Array(items) => items
            .iter()
            .map(|item| told(&print::plain(item)))
            .collect::<Value>(),
        one => Value::from(told(&print::plain(one))),
    };
    match name {
        _ if tongue.names => (name.to_string(), value.clone()),
        "kind" => (words.column(name), holds(&|text| words.kind(text))),
        "state" => (words.column(name), holds(&|text| words.row_state(text))),
        "conflicts" => (words.column(name), holds(&|text| words.field(kind, text))),
        _ => (words.column(name), value.clone()),
    }
}

/// A field of a record, by its name, and what it holds.
pub(super) fn field(kind: &str, name: &str, value: &Value) -> (String, Value) {
    let tongue = tongue();
    match tongue.names {
        true => (name.to_string(), value.clone()),
        false => (
            tongue.words.field(kind, name),
            tongue.words.value(kind, name, value),
        ),
    }
}

/// Why a server refused, by the problem's name; none where its own words, which are English, say it.
pub(super) fn problem(name: &str) -> Option<String> {
    let tongue = tongue();
    let other = tongue.words.language() != Language::English;
    tongue.words.find(&format!("problem-{name}")).filter(|_| other)
}

fn told(text: String, word: impl Fn(&Words, &str) -> String) -> String {
    let tongue = tongue();
    if tongue.names {
        text
    } else {
        word(&tongue.words, &text)
    }
}

/// All words of a language, those of the command line too, and whether they are drafts.
pub(super) fn all(language: Language) -> (Words, std::collections::BTreeMap<String, String>) {
    let words = Words::with_own(language, &FILES, &tongue().own);
    let all = words.all(&FILES);
    (words, all)
}

/// The language that a command line speaks.
pub(super) fn language() -> Language {
    tongue().words.language()
}
