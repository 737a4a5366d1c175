//! Changes and states as batches by column: a head, and a row an entry or a record.

use super::{ChangeFrame, Malformed, StateFrame, columns, decode, encode, varint};
use serde_bytes::ByteBuf;

/// A batch as a packer takes it apart: its text, and the rest. None if it is no batch.
pub fn part_batch(batch: &[u8]) -> Option<(String, Vec<u8>)> {
    let range = columns::text_range(batch)?;
    let text = String::from_utf8(batch[range.clone()].to_vec()).ok()?;
    let rest = [&batch[..range.start], &batch[range.end..]].concat();
    Some((text, rest))
}

/// A batch with another text in the place of its own. None if it is no batch.
pub fn with_text(batch: &[u8], text: &str) -> Option<Vec<u8>> {
    let range = columns::text_range(batch)?;
    let mut with = vec![columns::BATCH_FORM];
    varint::put_len(&mut with, text.len());
    with.extend_from_slice(text.as_bytes());
    with.extend_from_slice(&batch[range.end..]);
    Some(with)
}

impl ChangeFrame {
    /// Its bytes, by column.
    pub fn encode(&self) -> Vec<u8> {
        let head = encode(&(self.scope, self.lane, self.from, self.to, self.digest));
        let rows: Vec<Vec<u8>> = self.items.iter().map(encode).collect();
        columns::lay_out(&head, rows.iter().map(Vec::as_slice))
    }

    /// Reads what [`ChangeFrame::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] if it is anything else.
    pub fn decode(bytes: &[u8]) -> Result<ChangeFrame, Malformed> {
        let batch = columns::read_back(bytes).ok_or(Malformed)?;
        let (scope, lane, from, to, digest) = decode(&batch.head)?;
        let items = batch.rows.iter().map(|row| decode(row));
        Ok(ChangeFrame {
            scope,
            lane,
            from,
            to,
            items: items.collect::<Result<_, _>>()?,
            digest,
        })
    }
}

impl StateFrame {
    /// Its bytes, by column.
    pub fn encode(&self) -> Vec<u8> {
        let head = encode(&(
            self.scope,
            self.lane,
            self.base,
            self.after,
            self.as_of,
            self.last,
            self.digest,
        ));
        columns::lay_out(&head, self.states.iter().map(|state| state.as_slice()))
    }

    /// Reads what [`StateFrame::encode`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] if it is anything else.
    pub fn decode(bytes: &[u8]) -> Result<StateFrame, Malformed> {
        let batch = columns::read_back(bytes).ok_or(Malformed)?;
        let (scope, lane, base, after, as_of, last, digest) = decode(&batch.head)?;
        Ok(StateFrame {
            scope,
            lane,
            base,
            after,
            as_of,
            states: batch.rows.into_iter().map(ByteBuf::from).collect(),
            last,
            digest,
        })
    }
}
