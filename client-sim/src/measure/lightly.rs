//! What the same exchange takes when it is packed lightly, as on a good link.

use super::crossing::Crossed;
use anyhow::Context;
use otor_protocol::wire::{self, Dictionary, FrameReader, FrameWriter, Packing, Unpacker};
use std::sync::Arc;

/// Bytes both ways, HTTP heads included, of exchanges that were packed by these.
///
/// # Errors
/// If they are not understood.
pub(super) fn total(
    crossings: &[Crossed],
    (packing, dictionary): (Packing, Option<Arc<Dictionary>>),
) -> anyhow::Result<u64> {
    let mut total = 0;
    for crossed in crossings {
        let mut stream = wire::unpacker(packing, dictionary.clone());
        let up = lightly(&crossed.up, &mut stream, &dictionary)?;
        stream = stream.map(|stream| stream.turned().turned());
        let down = lightly(&crossed.down, &mut stream, &dictionary)?;
        let again = Crossed {
            up,
            down,
            ..Crossed::default()
        };
        total += again.bytes_up() + again.bytes_down();
    }
    Ok(total)
}

fn lightly(
    frames: &[Vec<u8>],
    stream: &mut Option<Box<dyn Unpacker>>,
    dictionary: &Option<Arc<Dictionary>>,
) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut writer = FrameWriter::new(Packing::Light, dictionary.clone());
    let again = frames.iter().map(|bytes| {
        let mut reader = FrameReader::default();
        reader.push(bytes);
        let frame = reader.next_frame()?.context("a whole frame")?;
        if !frame.packed {
            return Ok(bytes.clone());
        }
        let (frame_type, mut again) = (frame.frame_type, Vec::new());
        writer.write(&mut again, frame_type, &frame.unpacked(stream.as_mut())?);
        Ok(again)
    });
    again.collect()
}
