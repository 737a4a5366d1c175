//! What kinds, fields, statuses and reasons are called in the languages of the field: Fluent files, built in.
//! Records, the wire and everything for programs keep the catalogue's names; these are for people.

mod language;
mod names;
mod own;
mod record;
#[cfg(test)]
mod tests;

pub use fluent_bundle::FluentValue as Argument;
pub use language::Language;
pub use own::{BadWords, OwnWords};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::Entry;
use std::collections::BTreeMap;

/// Files of words (Fluent) by language.
pub type Files = fn(Language) -> &'static [&'static str];

/// What a file whose words no native reader has checked begins with.
const DRAFT: &str = "### Draft:";

/// The words of one language, with those that stand in where it has none.
pub struct Words {
    language: Language,
    draft: bool,
    own: OwnWords,
    bundles: Vec<FluentBundle<FluentResource>>,
}

impl Words {
    /// The words for what is in the catalogue.
    pub fn of(language: Language) -> Self {
        Words::with(language, &[])
    }

    /// The same, and words of whoever asks.
    pub fn with(language: Language, more: &[Files]) -> Self {
        Words::with_own(language, more, &OwnWords::default())
    }

    /// The same, and a deployment's own words, which go before all others.
    pub fn with_own(language: Language, more: &[Files], own: &OwnWords) -> Self {
        let languages = std::iter::once(language).chain(language.stand_ins().iter().copied());
        let bundles = languages.map(|language| bundle(language, more, own)).collect();
        Words {
            language,
            draft: texts(language, more).any(|text| text.starts_with(DRAFT)),
            own: own.clone(),
            bundles,
        }
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Whether no native reader has checked them yet.
    pub fn is_draft(&self) -> bool {
        self.draft
    }

    /// A word by its identifier; none if no language has it.
    pub fn find(&self, id: &str) -> Option<String> {
        self.written(id, None, None)
    }

    /// A word by its identifier, as it is for a special case, where there is such.
    pub fn find_for(&self, id: &str, case: &str) -> Option<String> {
        self.written(id, Some(case), None)
    }

    /// A sentence with what it is about; its identifier if no language has it.
    pub fn say(&self, id: &str, about: &[(&str, Argument)]) -> String {
        self.written(id, None, Some(&arguments(about)))
            .unwrap_or_else(|| id.to_string())
    }

    /// All words by identifier, those for special cases as `identifier.case`; what a sentence is about stands as
    /// `{$name}`.
    pub fn all(&self, more: &[Files]) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let own = &self.own;
        for resource in resources(Language::English, more, own).chain(resources(self.language, more, own)) {
            for entry in resource.entries() {
                let Entry::Message(message) = entry else { continue };
                let id = message.id.name;
                all.insert(id.to_string(), self.as_is(id, None));
                for case in &message.attributes {
                    let case = case.id.name;
                    all.insert(format!("{id}.{case}"), self.as_is(id, Some(case)));
                }
            }
        }
        all
    }

    fn written(&self, id: &str, case: Option<&str>, about: Option<&FluentArgs>) -> Option<String> {
        self.bundles.iter().find_map(|bundle| {
            let mut errors = Vec::new();
            let text = text(bundle, id, case, about, &mut errors)?;
            errors.is_empty().then_some(text)
        })
    }

    fn as_is(&self, id: &str, case: Option<&str>) -> String {
        let texts = self.bundles.iter();
        texts
            .filter_map(|bundle| text(bundle, id, case, None, &mut Vec::new()))
            .next()
            .unwrap_or_default()
    }
}

/// What a sentence is about.
fn arguments<'a>(about: &[(&'a str, Argument<'a>)]) -> FluentArgs<'a> {
    about.iter().map(|(name, value)| (*name, value.clone())).collect()
}

fn text(
    bundle: &FluentBundle<FluentResource>,
    id: &str,
    case: Option<&str>,
    about: Option<&FluentArgs>,
    errors: &mut Vec<fluent_bundle::FluentError>,
) -> Option<String> {
    let message = bundle.get_message(id)?;
    let special = case.and_then(|case| message.get_attribute(case));
    let pattern = special.map(|case| case.value()).or_else(|| message.value())?;
    Some(bundle.format_pattern(pattern, about, errors).into_owned())
}

fn bundle(language: Language, more: &[Files], own: &OwnWords) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
    // Marks around what is put in would end up in exports, and show as boxes in terminals.
    bundle.set_use_isolating(false);
    for resource in resources(language, more, own) {
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// The files of a language. What cannot be read in one is left out: a test finds it.
fn resources(language: Language, more: &[Files], own: &OwnWords) -> impl Iterator<Item = FluentResource> {
    let own = own.text(language).map(str::to_string);
    let texts = texts(language, more).map(str::to_string).chain(own);
    texts.map(|text| match FluentResource::try_new(text) {
        Ok(resource) | Err((resource, _)) => resource,
    })
}

fn texts(language: Language, more: &[Files]) -> impl Iterator<Item = &'static str> {
    let further = more.iter().flat_map(move |files| files(language));
    own_files(language).iter().chain(further).copied()
}

macro_rules! files {
    ($language:literal) => {
        &[
            include_str!(concat!("../../words/", $language, "/catalogue.ftl")),
            include_str!(concat!("../../words/", $language, "/states.ftl")),
        ]
    };
}

fn own_files(language: Language) -> &'static [&'static str] {
    match language {
        Language::Chinese => files!("zh-Hans"),
        Language::English => files!("en"),
        Language::MongolianCyrillic => files!("mn-Cyrl"),
        Language::Mongolian => files!("mn-Mong"),
    }
}
