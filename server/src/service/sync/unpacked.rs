//! What was read for the frames of a reply: laid out and packed when no view of the state is held any more.

use otor_protocol::wire::{ChangeFrame, FrameType, FrameWriter, News, StateFrame, write_frame};
use serde_bytes::ByteBuf;

/// What was read for one frame.
pub(super) enum Unpacked {
    /// A piece of a first pass.
    States(StateFrame),
    /// A piece of a feed.
    Changes(ChangeFrame),
    /// A message as it is packed.
    Laid(FrameType, Vec<u8>),
}

impl Unpacked {
    /// Writes the frame.
    pub fn write(self, writer: &mut FrameWriter, bytes: &mut Vec<u8>) {
        match self {
            // It stands alone, so that there is nothing with which it would be packed.
            Unpacked::Laid(greeting @ FrameType::WelcomeAlone, payload) => {
                write_frame(bytes, greeting, &payload);
            }
            Unpacked::Laid(frame_type, payload) => writer.write(bytes, frame_type, &payload),
            Unpacked::States(frame) => writer.write(bytes, FrameType::States, &frame.encode()),
            Unpacked::Changes(frame) => writer.write(bytes, FrameType::Changes, &frame.encode()),
        }
    }
}

/// About how many bytes an entry takes.
pub(super) fn news_bytes(news: &News) -> usize {
    let content: &ByteBuf = match news {
        News::Op { op, .. } => op,
        News::Enter { state } | News::Replace { state } => state,
        News::Leave { .. } | News::Verdict { .. } => return 24,
    };
    content.len() + 24
}
