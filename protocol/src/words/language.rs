//! The languages that Otor has words in, and which of them somebody means.

use unic_langid::LanguageIdentifier;
use unic_langid::subtags::{Language as Subtag, Script};

/// A language, with the script it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Chinese, in simplified characters.
    Chinese,
    /// English.
    English,
    /// Mongolian, in Cyrillic script.
    MongolianCyrillic,
    /// Mongolian, in its traditional script.
    Mongolian,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 4] = [
        Language::Chinese,
        Language::English,
        Language::MongolianCyrillic,
        Language::Mongolian,
    ];

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-Hans",
            Language::English => "en",
            Language::MongolianCyrillic => "mn-Cyrl",
            Language::Mongolian => "mn-Mong",
        }
    }

    /// What it is called in itself.
    pub fn name(self) -> &'static str {
        match self {
            Language::Chinese => "中文",
            Language::English => "English",
            Language::MongolianCyrillic => "монгол",
            Language::Mongolian => "ᠮᠣᠩᠭᠣᠯ",
        }
    }

    /// Whose words stand in where it has none, in this order. In the field's country whoever reads Mongolian reads
    /// Chinese as well; few read both scripts of Mongolian.
    pub fn stand_ins(self) -> &'static [Language] {
        match self {
            Language::English => &[],
            Language::Chinese => &[Language::English],
            Language::MongolianCyrillic | Language::Mongolian => &[Language::Chinese, Language::English],
        }
    }

    /// The language that somebody means by a tag (`zh`, `zh-CN`, `mn-Mong`) or a system's locale
    /// (`zh_CN.UTF-8`); none if there are no words in it.
    pub fn meant_by(text: &str) -> Option<Language> {
        let tag = text.split(['.', '@']).next().unwrap_or_default();
        if matches!(tag, "C" | "POSIX") {
            return Some(Language::English);
        }
        let mut meant: LanguageIdentifier = tag.parse().ok()?;
        meant.maximize();
        match (meant.language.as_str(), meant.script.as_ref().map(Script::as_str)) {
            ("zh", _) => Some(Language::Chinese),
            ("en", _) => Some(Language::English),
            ("mn" | "mvf", Some("Mong")) | ("mvf", _) => Some(Language::Mongolian),
            ("mn" | "khk", _) => Some(Language::MongolianCyrillic),
            _ => None,
        }
    }

    /// For the rules of numbers and plurals.
    pub(super) fn identifier(self) -> LanguageIdentifier {
        let subtag: &str = self.tag().split('-').next().unwrap_or_default();
        let language = Subtag::from_bytes(subtag.as_bytes()).unwrap_or_default();
        LanguageIdentifier::from_parts(language, None, None, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_locales_are_understood_as_people_and_systems_write_them() {
        for (text, meant) in [
            ("zh-Hans", Some(Language::Chinese)),
            ("zh", Some(Language::Chinese)),
            ("zh_CN.UTF-8", Some(Language::Chinese)),
            ("en", Some(Language::English)),
            ("en_GB.UTF-8", Some(Language::English)),
            ("C.UTF-8", Some(Language::English)),
            ("POSIX", Some(Language::English)),
            ("mn", Some(Language::MongolianCyrillic)),
            ("mn_MN", Some(Language::MongolianCyrillic)),
            ("mn-cyrl", Some(Language::MongolianCyrillic)),
            ("mn-Mong", Some(Language::Mongolian)),
            ("mn_CN.UTF-8", Some(Language::Mongolian)),
            ("mvf", Some(Language::Mongolian)),
            ("de_DE.UTF-8", None),
            ("", None),
            ("no language", None),
        ] {
            assert_eq!(Language::meant_by(text), meant, "{text:?}");
        }
    }

    #[test]
    fn every_language_is_meant_by_its_own_tag_and_ends_with_english() {
        for language in Language::ALL {
            assert_eq!(Language::meant_by(language.tag()), Some(language));
            let last = language.stand_ins().last().copied().unwrap_or(language);
            assert_eq!(last, Language::English);
            assert_eq!(language.identifier().to_string(), &language.tag()[..2]);
        }
    }
}
