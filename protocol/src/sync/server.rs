//! The server's side of the request: frames out of bytes as they arrive, each authenticated before it is
//! looked into.
//!
//! Order of calls: [`ServerSession::push`] bytes, then [`ServerSession::poll`] until it gives nothing. After
//! the hello, call [`ServerSession::trust`] with the phone's key before polling on.

use crate::keys::{self, DeviceKey, FRAME_MAC_BYTES, MAC_BYTES};
use crate::limits;
use crate::wire::{
    self, BadFrame, Content, Dictionaries, End, Frame, FrameReader, FrameType, FrameWriter, Hello, Packing,
    Refill, Request, Unpacker,
};
use std::sync::Arc;

/// What a request brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The hello, not yet authenticated.
    Hello(Box<Hello>),
    /// An authenticated frame of ops, and the bytes it was read from.
    Ops(Content, Vec<u8>),
    /// Authenticated ops that a former history of the server had acknowledged, with what it had said of them.
    Refill(Content, Refill),
    /// An authenticated frame of ops whose content does not decode: to be kept as bytes; the rest goes on.
    Unreadable(Vec<u8>),
    /// The request is complete.
    End,
}

/// Why a request cannot be used further. What was committed of it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The bytes are no frames.
    #[error(transparent)]
    Frame(#[from] BadFrame),
    /// A message that does not decode, is beyond a bound, or comes out of order.
    #[error("the request is not understood")]
    Malformed,
    /// A code that does not match.
    #[error("the request is not authenticated")]
    NotAuthentic,
}

/// A hello's bytes, and the code under which they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelloCode {
    bytes: Vec<u8>,
    mac: [u8; MAC_BYTES],
}

impl HelloCode {
    /// Whether it was made with this key: the hello is that phone's.
    pub fn is_of(&self, key: &DeviceKey) -> bool {
        keys::codes_equal(&self.mac, &key.hello_mac(&self.bytes))
    }
}

/// One request.
pub struct ServerSession {
    reader: FrameReader,
    dictionaries: Arc<dyn Dictionaries>,
    /// The hello names a dictionary that is not here: nothing after it can be read.
    unreadable: bool,
    unpacker: Option<Box<dyn Unpacker>>,
    hello: Option<HelloCode>,
    key: Option<DeviceKey>,
    /// Nothing follows the hello.
    alone: bool,
    ops_frames: u32,
    ended: bool,
}

impl ServerSession {
    /// Begins a request, whose frames may be packed with any of these dictionaries.
    pub fn new(dictionaries: Arc<dyn Dictionaries>) -> Self {
        ServerSession {
            reader: FrameReader::default(),
            dictionaries,
            unreadable: false,
            unpacker: None,
            hello: None,
            key: None,
            alone: false,
            ops_frames: 0,
            ended: false,
        }
    }

    /// Takes bytes that have arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
    }

    /// The next thing that is complete.
    ///
    /// # Errors
    /// [`SessionError`]: nothing after this can be used.
    pub fn poll(&mut self) -> Result<Option<Arrival>, SessionError> {
        if self.hello.is_some() && self.key.is_none() {
            return Ok(None);
        }
        if self.alone && !self.ended {
            self.ended = true;
            return Ok(Some(Arrival::End));
        }
        while let Some(frame) = self.reader.next_frame()? {
            if self.unreadable && matches!(frame.frame_type, FrameType::Ops | FrameType::Refill) {
                self.ops_frames += 1;
                continue;
            }
            return self.frame(frame).map(Some);
        }
        Ok(None)
    }

    fn frame(&mut self, frame: Frame) -> Result<Arrival, SessionError> {
        let frame_type = frame.frame_type;
        let payload = frame.unpacked(self.unpacker.as_mut())?;
        match (frame_type, &self.hello, &self.key, self.ended) {
            (FrameType::Hello, None, _, false) => self.hello(&payload),
            (FrameType::HelloAlone, None, _, false) => {
                self.alone = true;
                self.hello(&payload)
            }
            (
                FrameType::Ops | FrameType::Refill,
                Some(HelloCode { mac: hello_mac, .. }),
                Some(key),
                false,
            ) => {
                let split = payload
                    .len()
                    .checked_sub(FRAME_MAC_BYTES)
                    .ok_or(SessionError::Malformed)?;
                let (content, mac) = payload.split_at(split);
                if !keys::codes_equal(mac, &key.frame_mac(hello_mac, self.ops_frames, content)) {
                    return Err(SessionError::NotAuthentic);
                }
                self.ops_frames += 1;
                if self.ops_frames as usize > limits::REQUEST_FRAMES_MAX {
                    return Err(SessionError::Malformed);
                }
                if frame_type == FrameType::Refill {
                    return Ok(refill(content));
                }
                Ok(match Content::decode(content) {
                    Ok(read) => Arrival::Ops(read, content.to_vec()),
                    Err(_) => Arrival::Unreadable(content.to_vec()),
                })
            }
            (FrameType::End, Some(_), Some(_), false) => {
                let end: End = wire::decode(&payload).map_err(|_| SessionError::Malformed)?;
                if end.frames != self.ops_frames {
                    return Err(SessionError::Malformed);
                }
                self.ended = true;
                Ok(Arrival::End)
            }
            _ => Err(SessionError::Malformed),
        }
    }

    fn hello(&mut self, payload: &[u8]) -> Result<Arrival, SessionError> {
        let split = payload
            .len()
            .checked_sub(MAC_BYTES)
            .ok_or(SessionError::Malformed)?;
        let (bytes, mac) = payload.split_at(split);
        let hello: Hello = wire::decode(bytes).map_err(|_| SessionError::Malformed)?;
        let fits = hello.feeds.len() <= limits::SCOPES_MAX * 2
            && hello.recent.len() <= limits::RECENT_NONCES_MAX
            && hello.requests.len() <= limits::REQUESTS_MAX
            && hello.requests.iter().all(request_fits);
        if !fits {
            return Err(SessionError::Malformed);
        }
        let mac: [u8; MAC_BYTES] = mac.try_into().map_err(|_| SessionError::Malformed)?;
        let dictionary = self.dictionaries.dictionary(hello.dictionary);
        self.unreadable = hello.dictionary != 0 && dictionary.is_none();
        self.unpacker = wire::unpacker(Packing::known(hello.packing), dictionary);
        self.hello = Some(HelloCode {
            bytes: bytes.to_vec(),
            mac,
        });
        Ok(Arrival::Hello(Box::new(hello)))
    }

    /// Checks the hello's code with the key of the phone it names.
    ///
    /// # Errors
    /// [`SessionError::NotAuthentic`]: the request is not that phone's.
    pub fn trust(&mut self, key: DeviceKey) -> Result<(), SessionError> {
        let code = self.hello.as_ref().ok_or(SessionError::Malformed)?;
        if !code.is_of(&key) {
            return Err(SessionError::NotAuthentic);
        }
        self.key = Some(key);
        Ok(())
    }

    /// Begins the reply, once the request is complete: it is packed as the request was, and goes on from there.
    pub fn reply(&mut self) -> FrameWriter {
        FrameWriter::replying(self.unpacker.take())
    }

    /// Whether the hello names a dictionary that is not here: its op frames are passed over.
    pub fn lacks_dictionary(&self) -> bool {
        self.unreadable
    }

    /// The code of the hello, to which the welcome is bound.
    pub fn hello_mac(&self) -> Option<&[u8; MAC_BYTES]> {
        self.hello.as_ref().map(|code| &code.mac)
    }

    /// The hello's code, for who finds the phone's key elsewhere and looks there whether it is the right one.
    pub fn hello_code(&self) -> Option<&HelloCode> {
        self.hello.as_ref()
    }

    /// Bytes received and not yet used.
    pub fn pending_bytes(&self) -> usize {
        self.reader.pending_bytes()
    }
}

/// A refill; bytes that are none are kept like any that do not decode.
fn refill(payload: &[u8]) -> Arrival {
    let refill = wire::decode::<Refill>(payload).ok();
    let content = refill
        .as_ref()
        .and_then(|refill| Content::decode(&refill.content).ok());
    match (content, refill) {
        (Some(content), Some(refill)) => Arrival::Refill(content, refill),
        _ => Arrival::Unreadable(payload.to_vec()),
    }
}

/// Whether what a request lists is within its bound.
fn request_fits(request: &Request) -> bool {
    match request {
        Request::Clock { past, .. } => past.len() <= limits::PAST_BOOTS_MAX,
        Request::Readmit(_, name) => name.chars().count() <= limits::OWNER_NAME_CHARS_MAX,
        Request::Check { ranges, .. } => ranges.len() <= limits::CHECKED_RANGES_MAX,
        _ => true,
    }
}
