//! Learned dictionaries: one more is kept, and some of the older ones no longer.

use crate::state::StateError;
use crate::state::cell::{DictionariesCell, DictionaryCell, DictionaryMark};
use crate::state::draft::Draft;
use crate::state::key;
use serde_bytes::ByteBuf;

/// Keeps a dictionary and lets go of `dropped`.
pub(super) fn keep(
    draft: &mut Draft,
    mark: &DictionaryMark,
    content: &ByteBuf,
    dropped: &[u32],
) -> Result<(), StateError> {
    let mut list: DictionariesCell = draft.get(&key::dictionaries())?.unwrap_or_default();
    list.0.retain(|kept| !dropped.contains(&kept.number));
    list.0.push(mark.clone());
    for number in dropped {
        draft.delete(key::dictionary(*number));
    }
    draft.put(key::dictionary(mark.number), DictionaryCell(content.clone()));
    draft.put(key::dictionaries(), list);
    Ok(())
}
