//! What runs in process count for a request and its reply is what crosses a real connection to the real server.

use crate::harness::wiretap::{Crossed, Wiretap};
use crate::harness::{Administration, FieldPhone, GRIDS, RealServer, found_county};
use otor_protocol::wire::{FrameReader, write_frame};
use otor_sim::transport::Attempt;
use otor_sim::transport::http::{
    SYNC_PATH, reply_len, reply_pieces, request_head, request_head_len, response_head_len,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::runtime::Runtime;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// An HTTP message in head and rest.
fn parted(message: &[u8]) -> (&str, &[u8]) {
    let end = message
        .windows(HEAD_END.len())
        .position(|bytes| bytes == HEAD_END);
    let (head, rest) = message.split_at(end.expect("a whole head") + HEAD_END.len());
    (std::str::from_utf8(head).expect("a head in ASCII"), rest)
}

/// The lengths of the chunks of a chunked body, and what they hold; nothing may be left.
fn chunks(mut rest: &[u8]) -> (Vec<usize>, Vec<u8>) {
    let (mut lens, mut held) = (Vec::new(), Vec::new());
    loop {
        let line = rest
            .windows(2)
            .position(|bytes| bytes == b"\r\n")
            .expect("a chunk's length");
        let text = std::str::from_utf8(&rest[..line]).expect("digits");
        let len = usize::from_str_radix(text, 16).expect("a length");
        let chunk = &rest[line + 2..];
        assert_eq!(&chunk[len..len + 2], b"\r\n");
        rest = &chunk[len + 2..];
        if len == 0 {
            assert!(rest.is_empty(), "something follows the last chunk");
            return (lens, held);
        }
        lens.push(len);
        held.extend_from_slice(&chunk[..len]);
    }
}

/// The lengths of the frames that these bytes are made of.
fn frame_lens(bytes: &[u8]) -> Vec<usize> {
    let mut reader = FrameReader::default();
    reader.push(bytes);
    let mut lens = Vec::new();
    while let Some(frame) = reader.next_frame().expect("frames") {
        let mut again = Vec::new();
        write_frame(&mut again, frame.frame_type, &frame.payload);
        lens.push(again.len());
    }
    assert_eq!(lens.iter().sum::<usize>(), bytes.len(), "a frame is not whole");
    lens
}

/// Fails unless what crossed is counted the same by the phone over real HTTP and by the pure functions that
/// runs in process count with. The sizes of the reply's chunks; none if it went out as one body.
fn assert_counted(attempt: &Attempt, crossed: &Crossed, authority: &str) -> Vec<usize> {
    let (head, body) = parted(&crossed.up);
    assert_eq!(head, request_head(authority, SYNC_PATH, body.len()));
    assert_eq!(head.len(), request_head_len(authority, body.len()));
    assert_eq!(attempt.crossing.bytes_up, crossed.up.len() as u64);
    assert_eq!(attempt.crossing.body_bytes_up, body.len() as u64);
    let (head, rest) = parted(&crossed.down);
    let (chunk_lens, frames) = if head.contains("transfer-encoding: chunked") {
        assert_eq!(head.len(), response_head_len(None), "{head}");
        chunks(rest)
    } else {
        assert_eq!(head.len(), response_head_len(Some(rest.len() as u64)), "{head}");
        (Vec::new(), rest.to_vec())
    };
    let lens = frame_lens(&frames);
    assert_eq!(reply_len(&lens), crossed.down.len() as u64, "{head}");
    assert_eq!(attempt.crossing.bytes_down, crossed.down.len() as u64);
    let mut left = lens.as_slice();
    for (piece, chunk_len) in reply_pieces(&lens).iter().zip(&chunk_lens) {
        let (held, after) = left.split_at(piece.frames);
        assert_eq!(held.iter().sum::<usize>(), *chunk_len);
        left = after;
    }
    chunk_lens
}

/// 200 characters drawn from twenty thousand.
fn hardly_compressible(rng: &mut ChaCha8Rng) -> String {
    let codes = (0..200).map(|_| rng.random_range(0x4e00..0x9c00));
    codes.filter_map(char::from_u32).collect()
}

#[test]
fn bytes_counted_in_process_are_those_of_a_real_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = RealServer::start(&folder.path().join("data"));
    let administration = Administration::of(server.url());
    found_county(&administration);
    let wiretap = Wiretap::before(server.url());
    let runtime = Runtime::new().expect("a runtime");
    let phone = |name: &str| {
        let code = administration.invite("w0");
        let enrolled = runtime.block_on(FieldPhone::enrolled(wiretap.url(), name, "w0", &code));
        wiretap.take();
        enrolled
    };
    let exchange = |phone: &FieldPhone| {
        let attempt = runtime.block_on(phone.sync_once());
        assert!(attempt.report.complete, "{:?}", attempt.ending);
        let [crossed] = wiretap.take().try_into().expect("one connection an attempt");
        let chunks = assert_counted(&attempt, &crossed, wiretap.authority());
        (attempt, chunks)
    };
    let first = phone("first");
    let (first_meeting, chunks) = exchange(&first);
    assert!(chunks.is_empty());
    first.visit(GRIDS[0], GRIDS[0], "老人独居，身体尚好");
    let (with_a_visit, _) = exchange(&first);
    assert!(with_a_visit.crossing.bytes_up > first_meeting.crossing.bytes_up);
    exchange(&first);
    // More than one frame of ops up; and down, to a phone that is new, more than one chunk.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..400 {
        first.visit(GRIDS[0], GRIDS[0], &hardly_compressible(&mut rng));
    }
    // A request takes what a contact carries; the rest follows.
    let mut sent = 0;
    while sent < 64 * 1024 {
        let (long_request, _) = exchange(&first);
        let bytes = long_request.crossing.bytes_up;
        assert!(bytes > 1_024, "{sent}: {:?}", long_request.crossing);
        sent += bytes;
    }
    let (long_reply, chunks) = exchange(&phone("second"));
    assert!(chunks.len() >= 2, "{chunks:?}: {:?}", long_reply.crossing);
}
