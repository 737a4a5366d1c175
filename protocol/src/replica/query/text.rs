//! Texts made comparable: what differs only in how it was typed is the same, and how much two texts have in common.

use crate::lifecycle::half_width;

/// A text without what only typing differs in: spaces, punctuation, full width, capitals, and figures written as
/// Chinese numerals one by one (三号楼 and 3号楼).
pub(super) fn normal_text(text: &str) -> String {
    text.chars()
        .map(half_width)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .map(
            |c| match CHINESE_DIGITS.iter().position(|digits| digits.contains(&c)) {
                // Ten digits: always one.
                Some(digit) => char::from_digit(digit as u32, 10).unwrap_or(c),
                None => c,
            },
        )
        .collect()
}

const CHINESE_DIGITS: [&[char]; 10] = [
    &['零', '〇'],
    &['一'],
    &['二', '两'],
    &['三'],
    &['四'],
    &['五'],
    &['六'],
    &['七'],
    &['八'],
    &['九'],
];

/// The pairs of neighbouring characters of a text, sorted: in Chinese, where no spaces part words, they stand for
/// words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bigrams(Vec<(char, char)>);

impl Bigrams {
    /// Of a text as [`normal_text`] leaves it, up to so many characters.
    pub(super) fn of(text: &str) -> Bigrams {
        let text: Vec<char> = text.chars().take(CHARS_MAX).collect();
        let mut pairs: Vec<(char, char)> = text.windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        Bigrams(pairs)
    }

    /// How much two texts have in common, in thousandths: the coefficient of Sørensen and Dice. Nothing if one of
    /// them is empty.
    pub(super) fn alike(&self, other: &Bigrams) -> u32 {
        let total = self.0.len() + other.0.len();
        if self.0.is_empty() || other.0.is_empty() {
            return 0;
        }
        let (mut mine, mut theirs, mut shared) = (self.0.iter().peekable(), other.0.iter().peekable(), 0);
        while let (Some(one), Some(two)) = (mine.peek(), theirs.peek()) {
            let order = one.cmp(two);
            shared += usize::from(order.is_eq());
            if order.is_le() {
                mine.next();
            }
            if order.is_ge() {
                theirs.next();
            }
        }
        // At most a thousand.
        (shared * 2_000 / total) as u32
    }
}

/// Characters of a text that are compared: what a matter is stands at its beginning.
const CHARS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // Of ASCII: the library counts bytes where it should count characters, and takes Chinese texts for less alike
        // than they are.
        #[test]
        fn likeness_is_that_of_a_known_library(one in "[a-f]{2,12}", two in "[a-f]{2,12}") {
            let ours = Bigrams::of(&one).alike(&Bigrams::of(&two));
            let theirs = strsim::sorensen_dice(&one, &two) * 1_000.0;
            prop_assert!((f64::from(ours) - theirs).abs() <= 1.0, "{} {}", ours, theirs);
        }
    }

    #[test]
    fn what_was_only_typed_otherwise_is_the_same() {
        assert_eq!(normal_text("三号楼 ２单元，５０１"), normal_text("3号楼2单元501"));
        assert_eq!(normal_text(" A-1 "), "a1");
    }
}
