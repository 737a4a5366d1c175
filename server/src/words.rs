//! The server's own words beside the catalogue's, from Fluent files that are built in: what the command line says, what
//! statistics are called.

use otor_protocol::words::{Language, Words};

macro_rules! files {
    ($language:ident, $file:literal) => {
        match $language {
            Language::Chinese => &[include_str!(concat!("../words/zh-Hans/", $file))],
            Language::English => &[include_str!(concat!("../words/en/", $file))],
            Language::MongolianCyrillic => &[include_str!(concat!("../words/mn-Cyrl/", $file))],
            Language::Mongolian => &[include_str!(concat!("../words/mn-Mong/", $file))],
        }
    };
}

/// What the command line says.
pub fn commands(language: Language) -> &'static [&'static str] {
    files!(language, "commands.ftl")
}

/// What statistics, their measures and their columns are called.
pub fn statistics(language: Language) -> &'static [&'static str] {
    files!(language, "statistics.ftl")
}

/// What a statistic, a measure, a division, a unit or a column of figures is called; its name where nobody has given it
/// a word.
pub fn called(words: &Words, sort: &str, name: &str) -> String {
    words
        .find(&format!("{sort}-{name}"))
        .unwrap_or_else(|| name.to_string())
}

/// The part of a division that a figure is of.
pub fn part(words: &Words, division: &str, part: &str) -> String {
    match division {
        "level" => words.level(part),
        "activity" => words.code("type", part),
        "category" | "channel" | "service_mode" | "role_hat" | "zone" => words.code(division, part),
        _ => part.to_string(),
    }
}
