//! A deployment's own words, for the codes that it has added, or in place of words that are built in.

use super::Language;
use crate::limits::OWN_WORDS_BYTES_MAX;
use fluent_bundle::FluentResource;

/// A deployment's own words: one text (Fluent) a language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnWords {
    texts: Vec<(Language, String)>,
}

/// Why a text of words is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWords {
    /// It is longer than anybody needs.
    #[error("more than {OWN_WORDS_BYTES_MAX} bytes")]
    TooLong,
    /// It is not written as Fluent is.
    #[error("line {line} cannot be read; a word is written as: code-category-pipe = burst pipe")]
    Unreadable {
        /// Where reading ended.
        line: usize,
    },
}

impl OwnWords {
    /// Adds the words of a language, after those that it has already.
    ///
    /// # Errors
    /// [`BadWords`] if they cannot be read, or are too many: then nothing is added.
    pub fn add(&mut self, language: Language, text: &str) -> Result<(), BadWords> {
        let known = self.text(language).unwrap_or_default();
        let all = format!("{known}{text}\n");
        if all.len() > OWN_WORDS_BYTES_MAX {
            return Err(BadWords::TooLong);
        }
        if let Err((_, errors)) = FluentResource::try_new(text.to_string()) {
            let at = errors.first().map_or(0, |error| error.pos.start);
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            return Err(BadWords::Unreadable { line });
        }
        self.texts.retain(|(other, _)| *other != language);
        self.texts.push((language, all));
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(super) fn text(&self, language: Language) -> Option<&str> {
        let found = self.texts.iter().find(|(other, _)| *other == language);
        found.map(|(_, text)| text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Words;
    use super::*;

    #[test]
    fn a_deployment_s_own_codes_have_words_and_those_that_are_built_in_can_be_others() {
        let mut own = OwnWords::default();
        let text = "code-category-flue = 烟道改装\nstatus-closed = 已了结\n";
        assert_eq!(own.add(Language::Chinese, text), Ok(()));
        let words = Words::with_own(Language::Chinese, &[], &own);
        assert_eq!(words.code("category", "flue"), "烟道改装");
        assert_eq!(words.status("report", "closed"), "已了结");
        assert_eq!(
            words.code("channel", "hotline"),
            Words::of(Language::Chinese).code("channel", "hotline")
        );
        assert_eq!(words.all(&[])["code-category-flue"], "烟道改装");
        // Who reads Mongolian reads Chinese before English, and a code without any word is told as it is.
        let mongolian = Words::with_own(Language::MongolianCyrillic, &[], &own);
        assert_eq!(mongolian.code("category", "flue"), "烟道改装");
        let english = Words::with_own(Language::English, &[], &own);
        assert_eq!(english.code("category", "flue"), "flue");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line_and_nothing_of_it_is_taken() {
        let mut own = OwnWords::default();
        let text = "code-category-a = a\nnot a word\n";
        assert_eq!(
            own.add(Language::English, text),
            Err(BadWords::Unreadable { line: 2 })
        );
        let long = "x".repeat(OWN_WORDS_BYTES_MAX);
        assert_eq!(own.add(Language::English, &long), Err(BadWords::TooLong));
        assert!(own.is_empty());
    }
}
