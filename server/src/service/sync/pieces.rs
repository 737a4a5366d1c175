//! Sending a learned dictionary: told of in the welcome to a phone that asks, its pieces after everything else.

use crate::service::dictionaries;
use crate::state::StateError;
use crate::state::cell::DictionaryMark;
use crate::store::engine::View;
use otor_protocol::wire::{DictionaryPiece, Hello, Notice, Request};
use serde_bytes::ByteBuf;

/// Bytes of one piece: what a cut costs.
const PIECE_BYTES: usize = 4 * 1024;

/// The newest dictionary, if the phone asks and uses another, and from where it wants it.
fn wanted(view: &dyn View, hello: &Hello) -> Result<Option<(DictionaryMark, u32)>, StateError> {
    let asked = hello.requests.iter().find_map(|request| match request {
        Request::Dictionary { number, from } => Some((*number, *from)),
        _ => None,
    });
    let Some((number, from)) = asked else {
        return Ok(None);
    };
    let newest = dictionaries::marks(view)?.0.pop();
    Ok(newest.filter(|mark| mark.number != hello.dictionary).map(|mark| {
        let from = if mark.number == number { from } else { 0 };
        (mark, from)
    }))
}

/// What a welcome says of it.
pub(super) fn notices(view: &dyn View, hello: &Hello) -> Result<Vec<Notice>, StateError> {
    let wanted = wanted(view, hello)?.into_iter();
    Ok(wanted
        .map(|(mark, _)| Notice::Dictionary {
            number: mark.number,
            bytes: mark.bytes,
            hash: std::array::from_fn(|place| mark.hash[place]),
        })
        .collect())
}

/// A dictionary being sent.
#[derive(Default)]
pub(super) struct Pieces {
    number: u32,
    left: Vec<u8>,
    from: u32,
}

impl Pieces {
    /// What the phone that sent this hello still wants.
    pub fn of(view: &dyn View, hello: &Hello) -> Result<Pieces, StateError> {
        let Some((mark, from)) = wanted(view, hello)? else {
            return Ok(Pieces::default());
        };
        let content = dictionaries::content(view, mark.number)?.unwrap_or_default();
        Ok(Pieces {
            number: mark.number,
            left: content.get(from as usize..).unwrap_or_default().to_vec(),
            from,
        })
    }

    /// The next piece; none when all is sent, or a whole one would be more than `bytes_left`.
    pub fn next(&mut self, bytes_left: u64) -> Option<DictionaryPiece> {
        if self.left.is_empty() || bytes_left < PIECE_BYTES as u64 {
            return None;
        }
        let rest = self.left.split_off(self.left.len().min(PIECE_BYTES));
        let bytes = ByteBuf::from(std::mem::replace(&mut self.left, rest));
        let piece = DictionaryPiece {
            number: self.number,
            from: self.from,
            bytes,
        };
        // Bounded by DICTIONARY_BYTES_MAX.
        self.from += piece.bytes.len() as u32;
        Some(piece)
    }
}
