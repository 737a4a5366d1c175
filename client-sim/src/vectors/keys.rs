//! Keys, codes, signatures and chains.

use super::document::{Hex, document as vectors_of, line};
use super::{values, variants};
use otor_protocol::ids::{ActorId, DeviceId, PersonId};
use otor_protocol::keys::{Certificate, Chain, Secret};
use otor_protocol::wire::{self, EnrolRequest};
use serde::Serialize;

const ABOUT: &str = "Keys, codes, signatures and chains. `of` says what a vector is of; the rest are its parts and \
what comes of them.";

#[derive(Serialize)]
struct OfSecret {
    of: &'static str,
    secret: Hex,
    signing: Hex,
    exchange: Hex,
    fingerprint: String,
}

#[derive(Serialize)]
struct OfCodes {
    of: &'static str,
    phone_secret: Hex,
    server_secret: Hex,
    hello: Hex,
    hello_code: Hex,
    index: u32,
    content: Hex,
    frame_code: Hex,
    welcome: Hex,
    welcome_code: Hex,
    refusal: Hex,
    refusal_code: Hex,
}

#[derive(Serialize)]
struct OfChain {
    of: &'static str,
    before: Hex,
    op: Hex,
    after: Hex,
}

#[derive(Serialize)]
struct OfEnrolment {
    of: &'static str,
    phone_secret: Hex,
    server_secret: Hex,
    code: &'static str,
    proof: Hex,
    certificate: Hex,
}

#[derive(Serialize)]
struct OfHello {
    of: &'static str,
    secret: Hex,
    hello: Hex,
    signed: Hex,
    signature: Hex,
}

pub(super) fn secret(first: u8) -> Secret {
    Secret::new(std::array::from_fn(|place| first.wrapping_add(place as u8)))
}

fn bytes_of(secret: &Secret) -> Hex {
    Hex(secret.as_bytes().to_vec())
}

pub(super) fn document() -> String {
    let (phone, server) = (secret(0), secret(0x20));
    let mut vectors = Vec::new();
    for secret in [&phone, &server, &Secret::new([0xff; 32])] {
        vectors.push(line(&OfSecret {
            of: "secret",
            secret: bytes_of(secret),
            signing: Hex(secret.public().signing.to_vec()),
            exchange: Hex(secret.public().exchange.to_vec()),
            fingerprint: secret.public().fingerprint(),
        }));
    }
    vectors.push(codes(&phone, &server));
    let mut before = Chain::default();
    for op in [values::create(), values::edit(), values::release()] {
        let op = wire::encode(&op);
        let after = before.after(&op);
        vectors.push(line(&OfChain {
            of: "chain",
            before: Hex(before.0.to_vec()),
            op: Hex(op),
            after: Hex(after.0.to_vec()),
        }));
        before = after;
    }
    let code = "K7QF-2M9X-T4RD";
    let proof = phone.sign(&EnrolRequest::signed_bytes(code, &phone.public()));
    let actors = [ActorId(40), ActorId(41), ActorId(42)];
    let certificate = Certificate::issue(&server, DeviceId(7), PersonId(12), actors, phone.public());
    vectors.push(line(&OfEnrolment {
        of: "enrolment",
        phone_secret: bytes_of(&phone),
        server_secret: bytes_of(&server),
        code,
        proof: Hex(proof.to_vec()),
        certificate: Hex(wire::encode(&certificate)),
    }));
    for mut hello in variants::hellos() {
        hello.signature = None;
        let signed = hello.signed_bytes();
        vectors.push(line(&OfHello {
            of: "hello",
            secret: bytes_of(&phone),
            hello: Hex(wire::encode(&hello)),
            signature: Hex(phone.sign(&signed).to_vec()),
            signed: Hex(signed),
        }));
    }
    vectors_of(ABOUT, &vectors)
}

fn codes(phone: &Secret, server: &Secret) -> String {
    let key = server.device_key(&phone.public(), &phone.public());
    let (hello, content) = (b"a hello".to_vec(), values::content().encode());
    let (welcome, refusal) = (b"a welcome".to_vec(), b"a refusal".to_vec());
    let hello_code = key.hello_mac(&hello);
    line(&OfCodes {
        of: "codes",
        phone_secret: bytes_of(phone),
        server_secret: bytes_of(server),
        hello_code: Hex(hello_code.to_vec()),
        index: 258,
        frame_code: Hex(key.frame_mac(&hello_code, 258, &content).to_vec()),
        welcome_code: Hex(key.welcome_mac(&hello_code, &welcome).to_vec()),
        refusal_code: Hex(key.refusal_mac(&hello_code, &refusal).to_vec()),
        hello: Hex(hello),
        content: Hex(content),
        welcome: Hex(welcome),
        refusal: Hex(refusal),
    })
}
