//! The real end of an emulated connection: what was delivered goes out whole, what the server sends comes in,
//! and an abandoned socket stays open until the server would have noticed.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

/// How long a server may take to accept what was delivered to it before the connection was abandoned.
const ACCEPTANCE: Duration = Duration::from_secs(5);
/// Most bytes read at once.
const READ_BYTES: usize = 16 * 1024;

/// A real socket to the server.
pub(super) struct Socket {
    stream: Option<TcpStream>,
    /// Delivered to the server and not yet taken by the socket.
    outgoing: VecDeque<u8>,
    /// The server takes nothing any more.
    deaf: bool,
    ended: Option<Option<io::ErrorKind>>,
}

impl Socket {
    pub fn new(stream: TcpStream) -> Self {
        // Without it the socket would hold small frames back; the emulated link is late enough.
        let _ = stream.set_nodelay(true);
        Self {
            stream: Some(stream),
            outgoing: VecDeque::new(),
            deaf: false,
            ended: None,
        }
    }

    /// The link has delivered these bytes to the server.
    pub fn deliver(&mut self, bytes: impl Iterator<Item = u8>) {
        if self.deaf || self.stream.is_none() {
            bytes.for_each(drop);
        } else {
            self.outgoing.extend(bytes);
        }
    }

    /// Gives the socket what was delivered. Whether it took anything.
    pub fn write_out(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while let (Some(stream), false) = (&mut self.stream, self.outgoing.is_empty()) {
            match Pin::new(stream).poll_write(cx, self.outgoing.as_slices().0) {
                Poll::Ready(Ok(count)) if count > 0 => {
                    self.outgoing.drain(..count);
                    moved = true;
                }
                Poll::Ready(_) => {
                    self.deaf = true;
                    self.outgoing.clear();
                }
                Poll::Pending => break,
            }
        }
        moved
    }

    /// Bytes the server has sent, at most `room`; none if there are none now.
    pub fn read(&mut self, cx: &mut Context<'_>, room: usize) -> Option<Vec<u8>> {
        if self.ended.is_some() {
            return None;
        }
        let stream = self.stream.as_mut()?;
        let mut bytes = vec![0; room.min(READ_BYTES)];
        let mut buf = ReadBuf::new(&mut bytes);
        match Pin::new(stream).poll_read(cx, &mut buf) {
            Poll::Pending => None,
            Poll::Ready(Err(error)) => {
                self.ended = Some(Some(error.kind()));
                None
            }
            Poll::Ready(Ok(())) => {
                let count = buf.filled().len();
                if count == 0 {
                    self.ended = Some(None);
                    return None;
                }
                bytes.truncate(count);
                Some(bytes)
            }
        }
    }

    /// How the server's bytes ended, if they have.
    pub fn ended(&self) -> Option<io::Result<()>> {
        self.ended.map(|how| how.map_or(Ok(()), |kind| Err(kind.into())))
    }

    /// Says to the server that no more comes, once it has what was delivered.
    pub fn shut_down(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write_out(cx);
        if !self.outgoing.is_empty() {
            return Poll::Pending;
        }
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// The phone's side is dead: the server still gets what was delivered, and finds the connection closed
    /// after `held` of real time, the time it takes to notice.
    pub fn abandon(&mut self, held: Duration) {
        let Some(mut stream) = self.stream.take() else {
            return;
        };
        let outgoing: Vec<u8> = std::mem::take(&mut self.outgoing).into();
        if outgoing.is_empty() && held.is_zero() {
            return;
        }
        tokio::spawn(async move {
            // A server that does not take it in time would not have got it over a real link either.
            let _ = tokio::time::timeout(ACCEPTANCE, stream.write_all(&outgoing)).await;
            tokio::time::sleep(held).await;
        });
    }
}
