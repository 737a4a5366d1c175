//! Which answers under idempotency keys are older than they are kept, a bounded piece at a time.

use crate::decide::trim::TrimmedTo;
use crate::decide::{Decided, Desk};
use crate::state::cell::AnswerCell;
use crate::state::entry::Act;
use crate::state::{StateError, key, read};
use crate::store::engine::key_after;

/// How long an answer is kept, in days: nobody repeats a request that late.
pub const ANSWERS_KEPT_DAYS: i64 = 30;
/// Most answers looked at for one act.
const LOOKED_AT_MAX: usize = 500;

/// Forgets the next answers that are too old.
///
/// # Errors
/// [`StateError`] if the state cannot be read.
pub fn forget_answers(desk: &Desk, from: TrimmedTo) -> Result<(Option<Decided>, TrimmedTo), StateError> {
    let before_ms = desk.now_ms - ANSWERS_KEPT_DAYS * 86_400_000;
    let from = from.unwrap_or_else(key::answers);
    let end = key::end_of(&key::answers());
    let rows = read::range::<AnswerCell>(desk.view, &from, &end, LOOKED_AT_MAX)?;
    let rest = (rows.len() == LOOKED_AT_MAX)
        .then(|| rows.last().map(|(place, _)| key_after(place)))
        .flatten();
    let old = rows.iter().filter(|(_, cell)| cell.at_ms < before_ms);
    let keys: Vec<_> = old.filter_map(|(place, _)| key::answer_named(place)).collect();
    let act = (!keys.is_empty()).then(|| Act::ForgetAnswers(keys).into());
    Ok((act, rest))
}
