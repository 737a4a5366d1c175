//! The server's own words beside the catalogue's, from Fluent files that are built in: what the command line says, what
//! statistics are called.

use otor_protocol::words::{Language, OwnWords, Words};
use std::collections::BTreeMap;
use std::path::Path;

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

/// The help of the command line, and why it does not understand something; the English of it stands in the code.
pub fn help(language: Language) -> &'static [&'static str] {
    match language {
        Language::Chinese => &[include_str!("../words/zh-Hans/help.ftl")],
        Language::English => &[],
        Language::MongolianCyrillic => &[include_str!("../words/mn-Cyrl/help.ftl")],
        Language::Mongolian => &[include_str!("../words/mn-Mong/help.ftl")],
    }
}

/// What statistics, their measures and their columns are called.
pub fn statistics(language: Language) -> &'static [&'static str] {
    files!(language, "statistics.ftl")
}

/// A deployment's own words: the files of a folder that are named after languages, `zh-Hans.ftl` and so on.
///
/// # Errors
/// What is wrong, in one line: a folder or a file that cannot be read, a file that is named after no language.
pub fn own(folder: &Path) -> Result<OwnWords, String> {
    let wrong = |path: &Path, why: &dyn std::fmt::Display| format!("words in {}: {why}", path.display());
    let entries = std::fs::read_dir(folder).map_err(|error| wrong(folder, &error))?;
    let mut own = OwnWords::default();
    for entry in entries {
        let path = entry.map_err(|error| wrong(folder, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "ftl") {
            continue;
        }
        let named = path.file_stem().and_then(|stem| stem.to_str());
        let known = || Language::ALL.map(Language::tag).join(", ");
        let language = Language::ALL
            .into_iter()
            .find(|language| Some(language.tag()) == named)
            .ok_or_else(|| wrong(&path, &format!("a file is named after its language: {}", known())))?;
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, &error))?;
        own.add(language, &text).map_err(|error| wrong(&path, &error))?;
    }
    Ok(own)
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

/// A part that figures are of, with what its codes are called: `150821100 隆兴昌镇`.
pub fn with_names(by: &str, group: &str, names: &BTreeMap<String, String>) -> String {
    let one = |code: &str| match names.get(code) {
        Some(name) => format!("{code} {name}"),
        None => code.to_string(),
    };
    match (by, group.rsplit_once('/')) {
        ("department_banner", Some((department, banner))) => {
            format!("{} / {}", one(department), one(banner))
        }
        ("area" | "grid" | "department", _) => one(group),
        _ => group.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_with_its_name_and_alone_where_it_has_none() {
        let names = [("150821", "五原县"), ("housing", "住建局")];
        let names = names.map(|(code, name)| (code.to_string(), name.to_string()));
        let names = BTreeMap::from(names);
        assert_eq!(with_names("area", "150821", &names), "150821 五原县");
        assert_eq!(with_names("grid", "150821100", &names), "150821100");
        let pair = with_names("department_banner", "housing/150821", &names);
        assert_eq!(pair, "housing 住建局 / 150821 五原县");
        assert_eq!(with_names("channel", "150821", &names), "150821");
    }
}
