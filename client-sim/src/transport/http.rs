//! The HTTP/1.1 of an exchange as lengths and heads, so that a run in process counts the bytes that a real one
//! sends.

use hyper::HeaderMap;

/// Where phones synchronise.
pub const SYNC_PATH: &str = "/v1/sync";
/// Where phones are enrolled.
pub const ENROL_PATH: &str = "/v1/enrol";
/// The header that carries a phone's place in the line of those who found no room.
pub const PLACE: &str = "otor-place";
/// The header that tells in milliseconds what `Retry-After` tells in whole seconds.
pub const WAIT_MS: &str = "otor-wait-ms";
/// The host that runs in process count with: the server's default address.
pub const USUAL_HOST: &str = "127.0.0.1:8340";

/// A reply up to this many bytes goes out under one content length; a longer one in chunks, each of the frames
/// that reach it.
const REPLY_PIECE_BYTES: u64 = 16 * 1024;
const STATUS_LINE: &str = "HTTP/1.1 200 OK\r\n";
const CHUNKED: &str = "transfer-encoding: chunked\r\n";
/// A date is always as long.
const DATE: &str = "date: Mon, 02 Mar 2026 00:00:00 GMT\r\n";
const LAST_CHUNK: &str = "0\r\n\r\n";

/// The head of a phone's request, and nothing it does not need.
pub fn request_head(host: &str, path: &str, content_length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {content_length}\r\n\r\n")
}

/// Bytes of a request that asks whether there is room for one to synchronise.
pub fn ask_len(host: &str) -> usize {
    format!("GET {SYNC_PATH} HTTP/1.1\r\nhost: {host}\r\n\r\n").len()
}

/// What the server wants whoever it refused to wait, in milliseconds; of `Retry-After` only seconds are understood.
pub fn asked_wait_ms(headers: &HeaderMap) -> Option<u64> {
    let number = |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
    number(WAIT_MS).or_else(|| Some(number("retry-after")?.saturating_mul(1_000)))
}

/// Bytes that a place in the line adds to a head.
pub fn place_len(place: &str) -> usize {
    PLACE.len() + ": \r\n".len() + place.len()
}

/// Bytes of the head of a request to synchronise.
pub fn request_head_len(host: &str, content_length: usize) -> usize {
    request_head(host, SYNC_PATH, content_length).len()
}

/// Bytes of the head of a good reply: of one under a content length, or with `None` of one in chunks.
pub fn response_head_len(content_length: Option<u64>) -> usize {
    let framing = match content_length {
        Some(length) => format!("content-length: {length}\r\n").len(),
        None => CHUNKED.len(),
    };
    STATUS_LINE.len() + framing + DATE.len() + "\r\n".len()
}

/// A stretch of a reply as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyPiece {
    /// Bytes of HTTP before the frames.
    pub before_bytes: usize,
    /// How many frames it holds.
    pub frames: usize,
    /// Bytes of HTTP after the frames.
    pub after_bytes: usize,
}

/// How the server sends a reply of frames of these lengths: its head and, if it is long, its chunks, around
/// the frames.
pub fn reply_pieces(frame_lens: &[usize]) -> Vec<ReplyPiece> {
    let mut sizes: Vec<(u64, usize)> = vec![(0, 0)];
    for &len in frame_lens {
        match sizes.last_mut() {
            Some((bytes, frames)) if *bytes < REPLY_PIECE_BYTES => {
                *bytes += len as u64;
                *frames += 1;
            }
            _ => sizes.push((len as u64, 1)),
        }
    }
    match sizes.as_slice() {
        [(bytes, frames)] if *bytes < REPLY_PIECE_BYTES => {
            let before_bytes = response_head_len(Some(*bytes));
            vec![ReplyPiece {
                before_bytes,
                frames: *frames,
                after_bytes: 0,
            }]
        }
        chunks => in_chunks(chunks),
    }
}

fn in_chunks(chunks: &[(u64, usize)]) -> Vec<ReplyPiece> {
    let mut pieces: Vec<ReplyPiece> = chunks
        .iter()
        .map(|(bytes, frames)| ReplyPiece {
            before_bytes: format!("{bytes:X}\r\n").len(),
            frames: *frames,
            after_bytes: "\r\n".len(),
        })
        .collect();
    if let Some(first) = pieces.first_mut() {
        first.before_bytes += response_head_len(None);
    }
    if let Some(last) = pieces.last_mut() {
        last.after_bytes += LAST_CHUNK.len();
    }
    pieces
}

/// Bytes of a whole good reply of frames of these lengths, head included.
pub fn reply_len(frame_lens: &[usize]) -> u64 {
    let http: usize = reply_pieces(frame_lens)
        .iter()
        .map(|piece| piece.before_bytes + piece.after_bytes)
        .sum();
    (http + frame_lens.iter().sum::<usize>()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_go_before_whole_seconds_and_nonsense_is_no_wait() {
        let waits = |heads: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in heads {
                map.insert(*name, hyper::header::HeaderValue::from_static(value));
            }
            asked_wait_ms(&map)
        };
        assert_eq!(waits(&[("retry-after", "3")]), Some(3_000));
        assert_eq!(waits(&[("retry-after", "3"), (WAIT_MS, "2100")]), Some(2_100));
        assert_eq!(waits(&[("retry-after", "3"), (WAIT_MS, "soon")]), Some(3_000));
        assert_eq!(waits(&[("retry-after", "Fri, 27 Nov 2026 00:00:00 GMT")]), None);
    }

    #[test]
    fn short_reply_goes_out_under_a_content_length() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 350\r\ndate: Mon, 02 Mar 2026 00:00:00 GMT\r\n\r\n";
        assert_eq!(response_head_len(Some(350)), head.len());
        assert_eq!(reply_len(&[300, 50]), head.len() as u64 + 350);
    }

    #[test]
    fn long_reply_goes_out_in_chunks_of_whole_frames() {
        let head =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ndate: Mon, 02 Mar 2026 00:00:00 GMT\r\n\r\n";
        let pieces = reply_pieces(&[10_000, 7_000, 20]);
        let chunks: Vec<_> = pieces.iter().map(|piece| piece.frames).collect();
        assert_eq!(chunks, [2, 1]);
        assert_eq!(pieces[0].before_bytes, head.len() + "4268\r\n".len());
        assert_eq!(pieces[1].before_bytes, "14\r\n".len());
        assert_eq!(pieces[1].after_bytes, "\r\n0\r\n\r\n".len());
        let http = head.len() + "4268\r\n\r\n".len() + "14\r\n\r\n0\r\n\r\n".len();
        assert_eq!(reply_len(&[10_000, 7_000, 20]), (17_020 + http) as u64);
    }

    #[test]
    fn reply_that_reaches_the_piece_with_its_last_frame_is_chunked() {
        let pieces = reply_pieces(&[16_000, 384]);
        assert_eq!(pieces.len(), 1);
        assert_eq!(pieces[0].before_bytes, response_head_len(None) + "4000\r\n".len());
    }
}
