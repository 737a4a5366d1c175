//! A phone's enrolment with a real server, over an ideal link.

use std::time::Duration;

use hyper::body::Bytes;
use otor_protocol::keys::Secret;
use otor_protocol::wire::{
    self, EnrolReply, EnrolRequest, FrameReader, FrameType, PROTOCOL_VERSION, write_frame,
};
use tokio::net::TcpStream;

use super::http::ENROL_PATH;
use super::post::{Answer, Before, post};
use super::target::Target;
use super::tls::{Pin, TlsError, Trust, secure};

/// How long an enrolment may take as a whole, in real time.
const REAL_PATIENCE: Duration = Duration::from_secs(30);

/// A phone's enrolment: what it needs to begin its replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// What the server answered.
    pub reply: EnrolReply,
    /// The server's TLS key, pinned from now on; none without TLS.
    pub server_pin: Option<Pin>,
}

/// Why a phone was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The server cannot be reached.
    #[error("the server cannot be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    /// The exchange with it broke off.
    #[error("the enrolment broke off: {0}")]
    BrokenOff(#[from] hyper::Error),
    /// TLS failed.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server declined.
    #[error("the server declined the enrolment ({code}): {explanation}")]
    Declined {
        /// The status code.
        code: u16,
        /// The beginning of what it said.
        explanation: String,
    },
    /// The server's answer is not understood or not signed by the server it names.
    #[error("the server's answer to the enrolment is not understood")]
    Unusable,
}

/// Enrols the holder of `secret` with an invitation's `code`, over an ideal link. Over TLS the key the server
/// shows is the one to pin.
///
/// # Errors
/// [`EnrolError`].
pub async fn enrol(target: &Target, code: &str, secret: [u8; 32]) -> Result<Enrolment, EnrolError> {
    let asking = ask_enrolment(target, code, secret);
    tokio::time::timeout(REAL_PATIENCE, asking)
        .await
        .map_err(std::io::Error::from)?
}

async fn ask_enrolment(target: &Target, code: &str, secret: [u8; 32]) -> Result<Enrolment, EnrolError> {
    let socket = TcpStream::connect(target.address()).await?;
    let secret = Secret::new(secret);
    let keys = secret.public();
    let proof = secret.sign(&EnrolRequest::signed_bytes(code, &keys)).to_vec();
    let request = EnrolRequest {
        protocol: PROTOCOL_VERSION,
        code: code.to_owned(),
        keys,
        proof,
    };
    let mut frame = Vec::new();
    write_frame(&mut frame, FrameType::EnrolRequest, &wire::encode(&request));
    let frames = vec![Bytes::from(frame)];
    let mut answered = Vec::new();
    let take = |bytes: &[u8]| {
        answered.extend_from_slice(bytes);
        Ok::<(), std::convert::Infallible>(())
    };
    let (answer, server_pin) = if target.encrypted() {
        let (stream, pin) = secure(socket, target, Trust::FirstContact).await?;
        (
            post(
                stream,
                target.authority(),
                (ENROL_PATH, Before::Nothing),
                frames,
                take,
            )
            .await?,
            Some(pin),
        )
    } else {
        (
            post(
                socket,
                target.authority(),
                (ENROL_PATH, Before::Nothing),
                frames,
                take,
            )
            .await?,
            None,
        )
    };
    if let Answer::Status {
        code, explanation, ..
    } = answer
    {
        return Err(EnrolError::Declined { code, explanation });
    }
    let reply = enrol_reply(&answered).ok_or(EnrolError::Unusable)?;
    let ours = reply.certificate.keys == keys && reply.certificate.is_of(&reply.server);
    if ours {
        Ok(Enrolment { reply, server_pin })
    } else {
        Err(EnrolError::Unusable)
    }
}

fn enrol_reply(bytes: &[u8]) -> Option<EnrolReply> {
    let mut reader = FrameReader::default();
    reader.push(bytes);
    let frame = reader.next_frame().ok()??;
    (frame.frame_type == FrameType::EnrolReply).then(|| wire::decode(&frame.payload).ok())?
}
