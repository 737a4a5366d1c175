//! TLS to a server whose key is pinned: learnt at enrolment, and no other is trusted afterwards.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::target::Target;

/// SHA-256 of the public key (subject public key info) of a server's certificate.
pub type Pin = [u8; 32];

/// Which key of a server is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whatever key the server shows: at enrolment only.
    FirstContact,
    /// This one.
    Pinned(Pin),
}

/// Looks at the server's key and at nothing else of its certificate.
struct PinVerifier {
    trust: Trust,
    seen: Mutex<Option<Pin>>,
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for PinVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinVerifier")
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let pin: Pin = Sha256::digest(certificate.subject_public_key_info()).into();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(pin);
        match self.trust {
            Trust::Pinned(pinned) if pinned != pin => Err(Error::InvalidCertificate(
                CertificateError::ApplicationVerificationFailure,
            )),
            Trust::FirstContact | Trust::Pinned(_) => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Why there is no TLS over a stream.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The server shows another key than the one learnt at enrolment.
    #[error("the server shows another key than the one this phone learnt at enrolment")]
    OtherKey,
    /// The stream ended, or the two do not understand each other.
    #[error("no encrypted connection: {0}")]
    Io(#[from] io::Error),
}

/// Speaks TLS over `stream`; the stream and the pin of the key that the server showed.
///
/// # Errors
/// [`TlsError`].
pub async fn secure<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    target: &Target,
    trust: Trust,
) -> Result<(TlsStream<S>, Pin), TlsError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(PinVerifier {
        trust,
        seen: Mutex::new(None),
        provider: Arc::clone(&provider),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let name = ServerName::try_from(target.address().0.to_owned()).map_err(io::Error::other)?;
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let seen = *verifier.seen.lock().unwrap_or_else(PoisonError::into_inner);
    match (connected, trust, seen) {
        (Ok(stream), _, Some(pin)) => Ok((stream, pin)),
        (Err(_), Trust::Pinned(pinned), Some(pin)) if pinned != pin => Err(TlsError::OtherKey),
        (Err(error), ..) => Err(error.into()),
        (Ok(_), _, None) => Err(io::Error::other("the server showed no key").into()),
    }
}
