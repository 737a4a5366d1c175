//! What of a text may be learned at all: runs of letters that are no Latin letter, no number in words and no name the
//! server knows. Of digits it is only learned that a few stand there, never which.

use std::collections::HashSet;

/// Marks that a run may go over: they are part of how people write.
pub const MARKS: [char; 8] = ['，', '。', '、', '；', '：', '！', '？', '·'];
/// Digits in words; this many together are a number.
const NUMERALS: &str = "〇零一二三四五六七八九十百千万亿两幺壹贰叁肆伍陆柒捌玖拾";
const NUMERALS_MIN: usize = 3;
/// Longest and shortest name that is looked for, in characters.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=24;
/// What a place's name may end in without being part of what people call it.
const PLACE_ENDINGS: [&str; 22] = [
    "村民委员会",
    "居民委员会",
    "村委会",
    "居委会",
    "社区",
    "街道",
    "嘎查",
    "苏木",
    "办事处",
    "网格",
    "自治区",
    "自治旗",
    "地区",
    "镇",
    "乡",
    "村",
    "旗",
    "县",
    "市",
    "盟",
    "区",
    "省",
];

/// Names that never enter a dictionary.
#[derive(Clone, Debug, Default)]
pub struct Names {
    // Only ever asked whether it holds something.
    known: HashSet<Vec<char>>,
    longest: usize,
}

impl Names {
    /// Adds what a person is called.
    pub fn person(&mut self, name: &str) {
        self.add(name);
    }

    /// Adds what an area is called, with and without what it is.
    pub fn area(&mut self, name: &str) {
        let mut name = name.trim();
        self.add(name);
        while let Some(short) = PLACE_ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
            self.add(short);
            name = short;
        }
    }

    fn add(&mut self, name: &str) {
        let chars: Vec<char> = name.trim().chars().collect();
        if NAME_CHARS.contains(&chars.len()) {
            self.longest = self.longest.max(chars.len());
            self.known.insert(chars);
        }
    }

    /// Characters of the longest name that begins here; 0 if none does.
    fn at(&self, text: &[char]) -> usize {
        let longest = self.longest.min(text.len());
        (*NAME_CHARS.start()..=longest)
            .rev()
            .find(|chars| self.known.contains(&text[..*chars]))
            .unwrap_or(0)
    }
}

/// Which digits stand in a text is never learned, only that so few do: each is told as this.
pub const ANY_DIGIT: char = '0';
/// More digits together are a number that may be somebody's, and part a text.
const DIGITS_MAX: usize = 4;

/// The runs of a text.
pub fn runs(text: &str, names: &Names) -> Vec<Vec<char>> {
    let chars: Vec<char> = text.chars().collect();
    let mut barred: Vec<bool> = chars.iter().map(|one| !may_be_learned(*one)).collect();
    for start in 0..chars.len() {
        let name = names.at(&chars[start..]);
        let number = chars[start..]
            .iter()
            .take_while(|one| NUMERALS.contains(**one))
            .count();
        let number = if number >= NUMERALS_MIN { number } else { 0 };
        barred[start..start + name.max(number)].fill(true);
    }
    bar_numbers(&chars, &mut barred);
    let mut runs = vec![Vec::new()];
    for (one, barred) in chars.into_iter().zip(barred) {
        let one = if one.is_ascii_digit() { ANY_DIGIT } else { one };
        match runs.last_mut() {
            Some(run) if !barred => run.push(one),
            Some(run) if run.is_empty() => {}
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| run.len() > 1);
    runs
}

/// Bars digits that are long, part of a name, or beside a letter or a sign of a code.
fn bar_numbers(chars: &[char], barred: &mut [bool]) {
    let mut start = 0;
    for group in chars.chunk_by(|one, other| one.is_ascii_digit() == other.is_ascii_digit()) {
        let end = start + group.len();
        let beside = [start.checked_sub(1), Some(end)];
        let in_code = beside
            .into_iter()
            .flatten()
            .any(|at| chars.get(at).is_some_and(|one| is_latin(*one)));
        let out = group.len() > DIGITS_MAX || in_code || barred[start..end].contains(&true);
        if group[0].is_ascii_digit() && out {
            barred[start..end].fill(true);
        }
        start = end;
    }
}

fn may_be_learned(one: char) -> bool {
    MARKS.contains(&one)
        || one.is_ascii_digit()
        || (one.is_alphabetic() && !one.is_numeric() && !is_latin(one))
}

/// Latin letters, of full width too: codes, number plates and account names are written in them.
fn is_latin(one: char) -> bool {
    one.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&one) || ('\u{ff21}'..='\u{ff5a}').contains(&one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, names: &Names) -> Vec<String> {
        runs(text, names)
            .into_iter()
            .map(|run| run.into_iter().collect())
            .collect()
    }

    #[test]
    fn digits_letters_and_numbers_in_words_part_a_text() {
        let none = Names::default();
        assert_eq!(read("电话13804720001，请回电", &none), ["电话", "，请回电"]);
        assert_eq!(read("车牌蒙L8K88停在院内", &none), ["车牌蒙", "停在院内"]);
        assert_eq!(read("号码是一三八零四七，记下", &none), ["号码是", "，记下"]);
        assert_eq!(read("检查一氧化碳报警器", &none), ["检查一氧化碳报警器"]);
        assert_eq!(read("全角１２３也算", &none), ["全角", "也算"]);
        assert_eq!(read("第②组", &none), Vec::<String>::new());
    }

    #[test]
    fn of_few_digits_only_that_they_stand_there_is_learned() {
        let none = Names::default();
        assert_eq!(
            read("羊23只，牛4头，欠1500元", &none),
            ["羊00只，牛0头，欠0000元"]
        );
        assert_eq!(read("尾号20418的卡", &none), ["尾号", "的卡"]);
        assert_eq!(read("约3.5亩，门牌12-7号", &none), ["亩，门牌"]);
        let mut names = Names::default();
        names.area("第3网格");
        assert_eq!(read("到第3网格走访", &names), ["走访"]);
    }

    #[test]
    fn names_that_the_server_knows_part_a_text_with_and_without_what_the_place_is() {
        let mut names = Names::default();
        names.person("其其格");
        names.area("乌兰淖尔嘎查");
        assert_eq!(read("会同其其格入户走访", &names), ["会同", "入户走访"]);
        assert_eq!(read("乌兰淖尔嘎查防疫，乌兰淖尔无事", &names), ["防疫，", "无事"]);
    }

    proptest! {
        #[test]
        fn no_run_says_which_digits_stood_there_or_holds_a_name(text in "[一二三四五六七八九十走访王小明0-9a-z，。]{0,60}") {
            let mut names = Names::default();
            names.person("王小明");
            for run in read(&text, &names) {
                prop_assert!(!run.contains("王小明"));
                let fits = |one: char| {
                    one == ANY_DIGIT || (!one.is_ascii() && (!one.is_numeric() || NUMERALS.contains(one)))
                };
                prop_assert!(run.chars().all(fits));
                prop_assert!(!run.contains("00000"));
            }
        }
    }
}
