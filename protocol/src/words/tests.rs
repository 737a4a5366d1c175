//! The files are whole: every name has a word in every language, no word is without a use, and what a sentence is
//! about is the same in all.

use super::*;
use crate::catalogue::CODES;
use crate::catalogue::built_in::KINDS;
use crate::lifecycle::{derived_names, marks, statuses};
use crate::replica::OpState;
use crate::wire::Reason;
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use serde_json::json;
use std::collections::BTreeSet;

/// Parts that every record has, in rows and exports.
const COLUMNS: [&str; 14] = [
    "id",
    "receipt",
    "kind",
    "area",
    "commit",
    "state",
    "created_by",
    "written_at",
    "claimed_at",
    "uncertain",
    "received_at",
    "conflicts",
    "merge_conflicts",
    "other",
];
const LEVELS: [&str; 16] = [
    "desk",
    "auditor",
    "grid",
    "micro-grid",
    "village",
    "community",
    "gacha",
    "township",
    "street",
    "town",
    "sumu",
    "county",
    "district",
    "banner",
    "league",
    "city",
];
const ENDINGS: [&str; 4] = ["split", "merged", "moved", "closed"];
const ROW_STATES: [&str; 3] = ["live", "left", "erased"];
const SLOTS: [&str; 4] = ["called", "arrived", "replied", "excused"];

/// What needs a word: an identifier, or `identifier.case` where a word for that case may stand.
struct Needed {
    ids: BTreeSet<String>,
    cases: BTreeSet<String>,
}

fn needed() -> Needed {
    let mut needed = Needed {
        ids: BTreeSet::new(),
        cases: BTreeSet::new(),
    };
    let mut plain = |sort: &str, names: &mut dyn Iterator<Item = &str>| {
        needed.ids.extend(names.map(|name| format!("{sort}-{name}")));
    };
    plain("column", &mut COLUMNS.into_iter());
    plain("level", &mut LEVELS.into_iter());
    plain("ending", &mut ENDINGS.into_iter());
    plain("row", &mut ROW_STATES.into_iter());
    plain("slot", &mut SLOTS.into_iter());
    plain("edit", &mut OpState::NAMES.into_iter().chain(["accepted"]));
    plain("reason", &mut Reason::NAMES.into_iter().chain(["waiting"]));
    plain("kind", &mut KINDS.iter().map(|kind| kind.name));
    for (field, codes) in CODES {
        plain(&format!("code-{field}"), &mut codes.iter().copied());
    }
    for kind in KINDS {
        plain("mark", &mut marks(kind.life_cycle).iter().copied());
        for event in kind.events {
            plain("argument", &mut event.args.iter().map(|arg| arg.name));
        }
    }
    for reason in Reason::NAMES.into_iter().chain(["waiting"]) {
        needed.cases.insert(format!("reason-{reason}.full"));
    }
    for kind in KINDS {
        let fields = kind.fields.iter().map(|field| ("field", field.name));
        let derived = derived_names(kind.life_cycle).iter().map(|name| ("field", *name));
        let events = kind.events.iter().map(|event| ("event", event.name));
        let statuses = statuses(kind.life_cycle).iter().map(|name| ("status", *name));
        for (sort, name) in fields.chain(derived).chain(events).chain(statuses) {
            needed.ids.insert(format!("{sort}-{name}"));
            needed.cases.insert(format!("{sort}-{name}.{}", kind.name));
        }
    }
    needed
}

/// Messages of a language with the names of what they are about, cases as `identifier.case`.
fn written(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut written = BTreeMap::new();
    for text in own_files(language) {
        let resource = FluentResource::try_new((*text).to_string());
        let resource = resource.map_err(|(_, errors)| format!("{}: {errors:?}", language.tag()));
        for entry in resource.unwrap().entries() {
            let Entry::Message(message) = entry else { continue };
            let values = message
                .value
                .iter()
                .map(|value| (message.id.name.to_string(), value));
            let cases = message.attributes.iter();
            let cases = cases.map(|case| (format!("{}.{}", message.id.name, case.id.name), &case.value));
            for (id, pattern) in values.chain(cases) {
                let before = written.insert(id.clone(), about(pattern));
                assert!(before.is_none(), "{}: {id} twice", language.tag());
            }
        }
    }
    written
}

fn about(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let elements = pattern.elements.iter();
    elements
        .filter_map(|element| match element {
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => Some(id.name.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn every_name_has_a_word_in_every_language_and_no_word_is_without_a_use() {
    let needed = needed();
    for language in Language::ALL {
        let written = written(language);
        let missing: Vec<_> = needed
            .ids
            .iter()
            .filter(|id| !written.contains_key(*id))
            .collect();
        assert!(missing.is_empty(), "{} lacks {missing:?}", language.tag());
        let without_use: Vec<_> = written
            .keys()
            .filter(|id| !needed.ids.contains(*id) && !needed.cases.contains(*id))
            .collect();
        assert!(
            without_use.is_empty(),
            "{} has, for nothing, {without_use:?}",
            language.tag()
        );
        for reason in Reason::NAMES.into_iter().chain(["waiting"]) {
            let id = format!("reason-{reason}.full");
            assert!(written.contains_key(&id), "{} lacks {id}", language.tag());
        }
    }
}

#[test]
fn a_sentence_is_about_the_same_in_every_language() {
    let english = written(Language::English);
    for language in Language::ALL {
        for (id, about) in written(language) {
            let same = english.get(&id).is_none_or(|english| *english == about);
            assert!(same, "{}: {id} is about {about:?}", language.tag());
        }
    }
}

#[test]
fn what_no_native_reader_has_checked_says_that_it_is_a_draft() {
    for language in Language::ALL {
        let mongolian = matches!(language, Language::Mongolian | Language::MongolianCyrillic);
        assert_eq!(Words::of(language).is_draft(), mongolian, "{}", language.tag());
        for text in own_files(language) {
            assert_eq!(text.starts_with("### Draft:"), mongolian, "{}", language.tag());
        }
    }
}

#[test]
fn no_two_columns_of_a_kind_have_one_name() {
    for language in Language::ALL {
        let words = Words::of(language);
        for kind in KINDS {
            let own = kind.fields.iter().map(|field| field.name);
            let derived = derived_names(kind.life_cycle).iter().copied();
            let names: BTreeSet<&str> = own.chain(derived).collect();
            let mut seen = BTreeMap::new();
            let columns = COLUMNS.iter().map(|name| (*name, words.column(name)));
            for (name, word) in columns.chain(names.iter().map(|name| (*name, words.field(kind.name, name))))
            {
                let before = seen.insert(word.clone(), name);
                assert_eq!(before, None, "{}: {} {name}: {word}", language.tag(), kind.name);
            }
        }
    }
}

#[test]
fn each_language_is_written_in_its_own_script() {
    for language in Language::ALL {
        let own = match language {
            Language::English => 'a'..='z',
            Language::Chinese => '\u{4e00}'..='\u{9fff}',
            Language::MongolianCyrillic => '\u{400}'..='\u{4ff}',
            Language::Mongolian => '\u{1800}'..='\u{18af}',
        };
        for (id, text) in Words::of(language).all(&[]) {
            assert!(
                text.chars().any(|c| own.contains(&c)),
                "{}: {id}: {text}",
                language.tag()
            );
            assert!(
                !text.contains(['\u{2068}', '\u{2069}']),
                "{}: {id}",
                language.tag()
            );
        }
    }
}

#[test]
fn what_has_no_word_keeps_its_name() {
    let words = Words::of(Language::Mongolian);
    assert_eq!(words.code("category", "pipe 7"), "pipe 7");
    assert_eq!(words.field("report", "field_77"), "field_77");
    assert_eq!(words.say("no-such-sentence", &[]), "no-such-sentence");
}

#[test]
fn a_language_without_a_word_takes_it_from_the_one_that_stands_in() {
    let more: Files = |language| match language {
        Language::Chinese => &["only-chinese = 只有中文"],
        Language::English => &["only-english = only { $what }", "only-chinese = not this"],
        _ => &[],
    };
    let words = Words::with(Language::Mongolian, &[more]);
    assert_eq!(words.find("only-chinese").as_deref(), Some("只有中文"));
    assert_eq!(words.say("only-english", &[("what", "this".into())]), "only this");
    assert_eq!(words.all(&[more])["only-english"], "only {$what}");
}

#[test]
fn a_record_is_shown_with_names_and_codes_in_words_and_texts_as_they_are() {
    let fields = json!({
        "title": "closed", "status": "closed", "marks": ["overdue", "whistled"], "handling_level": "township",
        "case_status": "archived", "service_mode": "proxy", "category": "pipe", "severity": 3,
    });
    let shown = Words::of(Language::Chinese).fields("report", fields.as_object().unwrap());
    let expected = json!({
        "标题": "closed", "状态": "已结案", "提示": ["逾期", "部门办理中"], "办理层级": "乡镇",
        "所属事件状态": "已归档", "服务方式": "代办", "类型": "pipe", "严重程度": 3,
    });
    assert_eq!(serde_json::Value::Object(shown), expected);
    let whistle = json!({"slots": ["住建局: replied", "housing: called"], "lead": "housing"});
    let shown = Words::of(Language::Chinese).fields("whistle", whistle.as_object().unwrap());
    let expected = json!({"部门办理情况": ["住建局: 已答复", "housing: 已吹哨"], "牵头部门": "housing"});
    assert_eq!(serde_json::Value::Object(shown), expected);
}

#[test]
fn a_reason_tells_the_worker_which_field_it_is_about() {
    let words = Words::of(Language::Chinese);
    let reason = Reason::BadValue(crate::op::FieldId(8));
    let said = words.reason_in_full(reason, "report", Some("severity"));
    assert_eq!(said, "“严重程度”的值不合要求。");
    assert_eq!(words.reason("bad_value"), "值不合要求");
}
