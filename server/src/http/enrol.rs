//! `POST /v1/enrol`: a phone becomes one of this server's, in binary.

use super::app::App;
use super::intake::not_authentic;
use super::problem::{Problem, ProblemKind};
use super::sync::binary;
use crate::decide::admin::{self, invitation_hash};
use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, ServiceConfig};
use otor_protocol::keys::Certificate;
use otor_protocol::wire::{
    self, EnrolReply, EnrolRequest, FrameReader, FrameType, PROTOCOL_VERSION, Packing, SHIPPED_DICTIONARY,
    write_frame,
};

/// Most bytes of an enrolment request.
const ENROL_BYTES_MAX: usize = 4 * 1024;

/// Adds the resource.
pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(
        super::resource("/v1/enrol")
            .app_data(web::PayloadConfig::new(ENROL_BYTES_MAX))
            .route(web::post().to(enrol)),
    );
}

async fn enrol(app: web::Data<App>, body: Bytes) -> Result<HttpResponse, Problem> {
    app.expect_right_clock()?;
    let request = enrol_request(&body).ok_or_else(|| Problem::invalid("not an enrolment request"))?;
    if request.protocol != PROTOCOL_VERSION {
        return Err(Problem::invalid(format!(
            "this server speaks protocol {PROTOCOL_VERSION}"
        )));
    }
    let signed = EnrolRequest::signed_bytes(&request.code, &request.keys);
    if !request.keys.verify(&signed, &request.proof) {
        return Err(not_authentic());
    }
    let (hash, keys) = (invitation_hash(&request.code), request.keys);
    let (_, enrolled) = app
        .committer
        .submit(move |desk| admin::enrol::enrol(desk, &hash, &keys))
        .await?;
    let enrolled = enrolled
        .map_err(|refusal| Problem::new(ProblemKind::NotAllowed, format!("{refusal}: ask for a new one")))?;
    let reply = EnrolReply {
        certificate: Certificate::issue(
            &app.identity,
            enrolled.device,
            enrolled.owner,
            enrolled.actors,
            enrolled.keys,
        ),
        server: app.identity.public(),
        incarnation: enrolled.incarnation,
        owner_name: enrolled.owner_name,
        scopes: enrolled.scopes,
        packing: Packing::best() as u8,
        dictionary: SHIPPED_DICTIONARY,
    };
    let mut bytes = Vec::new();
    write_frame(&mut bytes, FrameType::EnrolReply, &wire::encode(&reply));
    Ok(binary(bytes))
}

fn enrol_request(body: &[u8]) -> Option<EnrolRequest> {
    let mut reader = FrameReader::default();
    reader.push(body);
    let frame = reader.next_frame().ok()??;
    (frame.frame_type == FrameType::EnrolRequest).then(|| wire::decode(&frame.payload).ok())?
}
