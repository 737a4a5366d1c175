//! What never enters a dictionary, and what does.

use super::fragments::common;
use super::passages::Passage;
use super::runs::Names;
use super::{AUTHORS_MIN, GRIDS_MIN, text};
use otor_protocol::ids::PersonId;

/// Room for all that is common here.
const ROOM: usize = text::TEXT_CHARS_MAX;
/// The formula that everybody writes.
const FORMULA: &str = "登门看望，主人在家，嘱咐小心用火用电";

fn passage(author: usize, grid: usize, text: &str) -> Passage {
    Passage {
        author: PersonId(author as u32),
        grid: format!("150821100201{grid:03}").parse().unwrap(),
        text: text.to_owned(),
    }
}

/// `count` persons write something, each once in a grid of `grids`.
fn by(count: usize, grids: usize, text: &str) -> Vec<Passage> {
    (0..count)
        .map(|author| passage(author, author % grids, text))
        .collect()
}

fn learned(passages: &[Passage], names: &Names) -> Vec<String> {
    common(passages, names).into_iter().map(|one| one.text).collect()
}

fn holds(fragments: &[String], text: &str) -> bool {
    fragments.iter().any(|one| one.contains(text))
}

#[test]
fn what_enough_people_in_enough_grids_write_is_learned_and_nothing_else() {
    let none = Names::default();
    for (authors, grids, enough) in [
        (AUTHORS_MIN, GRIDS_MIN, true),
        (AUTHORS_MIN - 1, GRIDS_MIN, false),
        (AUTHORS_MIN, GRIDS_MIN - 1, false),
        (300, GRIDS_MIN - 1, false),
    ] {
        let fragments = learned(&by(authors, grids, FORMULA), &none);
        assert_eq!(
            holds(&fragments, "登门看望，主人在家"),
            enough,
            "{authors} in {grids}"
        );
        assert_eq!(fragments.is_empty(), !enough);
    }
}

#[test]
fn one_person_counts_once_however_much_they_write_and_wherever() {
    let mut passages: Vec<Passage> = (0..500)
        .map(|number| passage(number % 19, number % 40, FORMULA))
        .collect();
    assert!(learned(&passages, &Names::default()).is_empty());
    passages.push(passage(19, 1, FORMULA));
    assert!(!learned(&passages, &Names::default()).is_empty());
}

#[test]
fn a_name_that_nineteen_know_and_a_number_are_in_no_dictionary() {
    let mut passages = by(200, 40, &format!("{FORMULA}，已登记。"));
    // Nineteen persons in nineteen grids know the same man; one writes a number and a name nobody else does.
    for author in 0..19 {
        passages.push(passage(
            author,
            author,
            "遇见巴特尔仓，主人在家，嘱咐小心用火用电",
        ));
    }
    passages.push(passage(3, 3, "户主斯琴图雅，电话13948807766，主人在家"));
    let fragments = learned(&passages, &Names::default());
    assert!(holds(&fragments, FORMULA));
    for planted in ["巴特", "特尔", "尔仓", "斯琴", "琴图", "图雅", "遇见巴"] {
        assert!(!holds(&fragments, planted), "{planted}");
    }
    let composed = text::compose(&common(&passages, &Names::default()), ROOM).unwrap_or_default();
    assert!(!composed.chars().any(|one| one.is_numeric()));
    assert!(!composed.contains("巴特尔仓") && !composed.contains("斯琴图雅"));
}

#[test]
fn a_number_is_in_no_dictionary_even_if_everybody_writes_it() {
    let fragments = learned(
        &by(100, 50, "请拨打值班电话13948807766，随时有人"),
        &Names::default(),
    );
    assert!(holds(&fragments, "请拨打值班电话") && holds(&fragments, "，随时有人"));
    assert!(!fragments.iter().any(|one| one.chars().any(char::is_numeric)));
}

#[test]
fn a_name_the_server_knows_is_in_no_dictionary_even_if_everybody_writes_it() {
    let mut names = Names::default();
    names.person("其其格玛");
    names.area("乌兰淖尔嘎查");
    let fragments = learned(&by(100, 50, "向其其格玛报告，乌兰淖尔一切正常"), &names);
    assert!(holds(&fragments, "一切正常") && holds(&fragments, "报告"));
    assert!(!holds(&fragments, "其其格") && !holds(&fragments, "乌兰"));
}

#[test]
fn the_commonest_stands_last_and_nothing_stands_twice() {
    let rare = "一次性登记防疫耳标和饲草缺口情况并上报嘎查委员会";
    let mut passages = by(400, 40, FORMULA);
    passages.extend(by(25, 12, rare));
    // Enough different text to be worth a dictionary.
    for turn in 0..14u32 {
        let first = 0x5000 + turn * 0x40;
        let text: String = (first..first + 24).filter_map(char::from_u32).collect();
        passages.extend(by(22, 11, &text));
    }
    let composed = text::compose(&common(&passages, &Names::default()), ROOM).unwrap();
    let (common_at, rare_at) = (composed.find(FORMULA).unwrap(), composed.find(rare).unwrap());
    assert!(rare_at < common_at);
    assert_eq!(composed.matches(FORMULA).count(), 1);
}

#[test]
fn too_little_in_common_gives_no_dictionary() {
    assert_eq!(
        text::compose(&common(&by(30, 15, "一切正常"), &Names::default()), ROOM),
        None
    );
}

#[test]
fn a_long_text_that_many_copy_is_not_told_over_and_over() {
    let text: String = (0x5000..0x5400).filter_map(char::from_u32).collect();
    let composed = text::compose(&common(&by(25, 12, &text), &Names::default()), ROOM).unwrap();
    let chars = composed.chars().count();
    assert!((800..3_000).contains(&chars), "{chars}");
}
