//! What is kept aside comes back: quarantined work released by an administrator, parked work released by the
//! coming of its record; on the server and on its author's phone.

use crate::field::{ELSEWHERE, Field, GRID, START_MS};
use otor_protocol::ids::{Dot, PersonId, RecordId};
use otor_protocol::op::{Body, Change, FieldId, Op};
use otor_protocol::record::Record;
use otor_protocol::stamp::Stamp;
use otor_protocol::sync::pace::Delivery;
use otor_protocol::wire::{Content, End, FrameType, Packing, encode, write_frame};
use otor_server::decide::{Moment, Writer};
use otor_server::service::sync::{FrameOutcome, propose_frame};
use otor_sim::device::{Phone, PhoneExchange};
use otor_sim::replay::centre::Centre;

/// The log of notes of a visit.
const NOTES: FieldId = FieldId(60);

#[test]
fn released_work_merges_with_what_waited_behind_it_and_leaves_its_authors_tray() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let visit = field.write(&mut phone, ELSEWHERE);
    field.note(&mut phone, visit, "one");
    field.sync(&mut phone);
    field.note(&mut phone, visit, "two");
    field.sync(&mut phone);
    assert_eq!(phone.replica().expect("running").tray().len(), 3);
    assert_eq!(field.centre().held().expect("held").quarantined, 3);
    assert_eq!(field.notes_at_server(visit), None);

    field.let_in(visit.0);
    assert_eq!(field.centre().held().expect("held").quarantined, 0);
    assert_eq!(
        field.notes_at_server(visit),
        Some(serde_json::json!(["one", "two"]))
    );

    field.sync(&mut phone);
    let replica = phone.replica().expect("running");
    assert!(replica.tray().is_empty(), "{:?}", replica.tray());
    // It lies outside the worker's grid: they hold it through their inbox.
    assert!(replica.mirrored(visit).is_some());
    field.note(&mut phone, visit, "three");
    field.sync(&mut phone);
    assert_eq!(
        field.notes_at_server(visit),
        Some(serde_json::json!(["one", "two", "three"]))
    );
}

/// A visit in what is the worker's grid only since; the phones of its author, who is told that it is kept aside, and of
/// somebody else. Then it is let in.
fn let_in() -> (Field, [Phone; 2], RecordId) {
    let mut field = Field::new();
    let (mut phone, other) = (field.phone("a"), field.phone("b"));
    field.sync(&mut phone);
    let visit = field.write(&mut phone, ELSEWHERE);
    for worker in ["a", "b"] {
        let both = [GRID, ELSEWHERE].map(str::to_owned);
        field.centre().move_worker(worker, &both).expect("a move");
    }
    field.sync(&mut phone);
    assert_eq!(phone.replica().expect("running").tray().len(), 1);
    field.let_in(visit.0);
    (field, [phone, other], visit)
}

/// However the first reply that tells it is cut, in the end the phone shows the visit as `shows` says, and has met nothing
/// that should not be.
fn is_told_wherever_it_is_cut(begin: impl Fn() -> (Field, Phone, RecordId), shows: impl Fn(&Record)) {
    for arrives in (0..).step_by(5) {
        let (mut field, mut phone, visit) = begin();
        let cut = !field.exchange(&mut phone, 0, arrives).complete;
        field.sync(&mut phone);
        let replica = phone.replica().expect("running");
        shows(replica.mirrored(visit).expect("held"));
        let met = replica.incidents();
        assert!(replica.tray().is_empty() && met.is_empty(), "{arrives}: {met:?}");
        if !cut {
            break;
        }
    }
}

#[test]
fn what_others_wrote_on_what_was_let_in_comes_wherever_the_reply_that_tells_it_is_cut() {
    let begin = || {
        let (mut field, [phone, mut other], visit) = let_in();
        field.sync(&mut other);
        field.note(&mut other, visit, "by another");
        field.sync(&mut other);
        (field, phone, visit)
    };
    is_told_wherever_it_is_cut(begin, |visit| assert_eq!(visit.entries(NOTES).len(), 1));
}

#[test]
fn that_what_was_let_in_went_to_another_grid_is_told_wherever_the_reply_is_cut() {
    let begin = || {
        let (mut field, [phone, _], visit) = let_in();
        field.centre().relocate(visit, GRID).expect("relocated");
        (field, phone, visit)
    };
    is_told_wherever_it_is_cut(begin, |visit| assert_eq!(visit.area.val.as_str(), GRID));
}

#[test]
fn parked_work_is_released_by_its_record_and_reaches_every_phone() {
    let mut field = Field::new();
    let (mut author, mut other) = (field.phone("a"), field.phone("b"));
    let visit = field.write(&mut author, GRID);
    // The other phone's note arrives first, as it may by another bearer.
    let identity = other.replica().expect("running").identity().certificate.clone();
    let op = Op {
        author: identity.owner,
        uptime_ms: 5_000,
        body: Body::Edit {
            record: visit,
            changes: vec![Change::Append(NOTES, "early".into())],
        },
    };
    let content = Content {
        actor: identity.actors[2],
        first_seq: 1,
        boot: 1,
        wall_minus_uptime_ms: START_MS,
        floors: vec![(0, Stamp::default())],
        ops: vec![encode(&op).into()],
        origins: vec![],
    };
    let moment = Moment {
        device: identity.device,
        branch: identity.actors[0],
        boot: 1,
        uptime_ms: 6_000,
        met_ms: field.now_ms,
    };
    let writer = Writer::Device {
        moment,
        signature: None,
    };
    let outcome = field.server.decide(field.now_ms, move |desk| {
        propose_frame(desk, &writer, (&content, &content.encode()))
    });
    assert_eq!(outcome.expect("a running server"), FrameOutcome::Held);
    assert_eq!(field.centre().held().expect("held").parked, 1);

    field.sync(&mut author);
    assert_eq!(field.centre().held().expect("held").parked, 0);
    assert_eq!(field.notes_at_server(visit), Some(serde_json::json!(["early"])));
    let mirrored = author
        .replica()
        .expect("running")
        .mirrored(visit)
        .expect("the author's own visit");
    let notes = mirrored.entries(NOTES);
    assert_eq!((notes.len(), notes[0].dot), (1, Dot::new(identity.actors[2], 1)));
    assert_ne!(notes[0].author, PersonId::SERVER);
    // The other phone has not this op of its own in its log: the server takes it for a copy, which goes on under
    // new actors with what it wrote.
    field.write(&mut other, GRID);
    let mut exchange = other.begin_exchange(field.now_ms, 0).expect("a request");
    let request = exchange.frames().concat();
    let mut serving = field.server.open_exchange().expect("a running server");
    let reply = field
        .server
        .receive(&mut serving, &request, field.now_ms)
        .expect("an answer");
    // Told that it is one, it takes nothing else of the reply.
    let _ = exchange.handle_bytes(&mut other, &reply.expect("a whole answer"));
    assert_eq!(other.unsent(), Some(1));
    field.sync(&mut other);
    assert_eq!(other.unsent(), Some(0));
    assert_eq!(field.centre().rows().expect("rows").len(), 2);
}

/// A request of a phone with the frames of its ops replaced by these contents, each with its code.
fn request_with(phone: &Phone, exchange: &PhoneExchange, contents: &[Vec<u8>]) -> Vec<u8> {
    let mut request = exchange.frames()[0].clone();
    let mac: [u8; 16] = request[request.len() - 20..request.len() - 4]
        .try_into()
        .expect("a code");
    let key = phone.replica().expect("running").device_key();
    for (index, content) in (0u32..).zip(contents) {
        let code = key.frame_mac(&mac, index, content);
        let payload = [content.as_slice(), &code].concat();
        write_frame(&mut request, FrameType::Ops, &payload);
    }
    let end = End {
        frames: contents.len() as u32,
        more: false,
    };
    write_frame(&mut request, FrameType::End, &encode(&end));
    request
}

impl Field {
    /// The reply to a request.
    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let mut serving = self.server.open_exchange().expect("a running server");
        let reply = self.server.receive(&mut serving, request, self.now_ms);
        reply.expect("an answer").expect("a whole answer")
    }

    fn unreadable(&self) -> u64 {
        let reader = self.server.reader().expect("a running server");
        let view = reader.snapshot();
        let status = otor_server::service::status::status(&view, (view.published(), 0), None, None);
        status.expect("a status").unreadable
    }
}

#[test]
fn frame_that_does_not_decode_is_kept_once_and_the_rest_of_the_request_goes_on() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.write(&mut phone, GRID);
    for _ in 0..2 {
        field.now_ms += 1_000;
        // Not packed: the reply to a packed request goes on from what the phone has packed, which is not sent.
        phone.was_not_understood();
        let mut exchange = phone.begin_exchange(field.now_ms, 0).expect("a request");
        let replica = phone.replica().expect("running");
        let actor = replica.identity().certificate.actors[2];
        let sound = replica.lanes()[2].contents(actor, 2_048);
        let contents = [b"no content at all".to_vec(), sound[0].encode()];
        let request = request_with(&phone, &exchange, &contents);
        let reply = field.answer(&request);
        exchange.handle_bytes(&mut phone, &reply).expect("a good reply");
        assert_eq!(phone.unsent(), Some(0));
        // Unsent work again, so that the next hello is signed and may bring frames.
        field.write(&mut phone, GRID);
    }
    assert_eq!(field.unreadable(), 1);
    assert_eq!(field.centre().rows().expect("rows").len(), 2);
}

#[test]
fn phone_that_packs_lightly_sends_its_ops_plainly_too_when_they_are_not_understood() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    field.write(&mut phone, GRID);
    let (replica, _) = phone.desk(field.now_ms).expect("running");
    let delivery = Delivery {
        bytes: 9_000,
        first_bytes: 9_000,
        ms: 0,
    };
    replica.note_delivery(delivery).expect("stored");
    let mut exchange = phone.begin_exchange(field.now_ms, 0).expect("a request");
    let reply = field.answer(&request_with(&phone, &exchange, &[vec![1, 0xff, 0xff, 0xff]]));
    // Nothing in the reply goes on from the request: it is read, and acknowledges nothing.
    exchange.handle_bytes(&mut phone, &reply).expect("a good reply");
    let replica = phone.replica().expect("running");
    assert_eq!(
        (replica.packing(), replica.speaks_plainly()),
        (Packing::None, true)
    );
    field.sync(&mut phone);
    let replica = phone.replica().expect("running");
    assert_eq!((replica.packing(), replica.unsent()), (Packing::Light, 0));
}

#[test]
fn phone_whose_frames_are_not_understood_sends_its_ops_plainly_and_goes_on() {
    let mut field = Field::new();
    let mut phone = field.phone("a");
    let visit = field.write(&mut phone, GRID);
    field.note(&mut phone, visit, "three days");
    // What lays ops out by column has a fault: the frame is authentic and nothing can be made of it.
    let faulty = [vec![1, 0xff, 0xff, 0xff]];
    let mut exchange = phone.begin_exchange(field.now_ms, 0).expect("a request");
    let reply = field.answer(&request_with(&phone, &exchange, &faulty));
    // Nor of the reply, which goes on from what the server has unpacked, while the phone has packed something else.
    assert!(exchange.handle_bytes(&mut phone, &reply).is_err());
    assert!(phone.replica().expect("running").speaks_plainly());

    // Still so, even plainly: a reply that is understood and acknowledges nothing changes nothing of that.
    let mut exchange = phone.begin_exchange(field.now_ms, 0).expect("a request");
    let reply = field.answer(&request_with(&phone, &exchange, &faulty));
    exchange.handle_bytes(&mut phone, &reply).expect("a good reply");
    assert!(exchange.report().complete);
    assert_eq!((phone.unsent(), field.unreadable()), (Some(2), 1));
    assert!(phone.replica().expect("running").speaks_plainly());

    field.sync(&mut phone);
    assert_eq!((phone.unsent(), field.unreadable()), (Some(0), 1));
    assert_eq!(
        field.notes_at_server(visit),
        Some(serde_json::json!(["three days"]))
    );
    let replica = phone.replica().expect("running");
    assert!(!replica.speaks_plainly());
    assert!(replica.tray().is_empty());
    // The journal holds them in a form that folds.
    field.server.kill();
    field
        .server
        .start(field.now_ms)
        .expect("what is kept folds again");
    assert_eq!(
        field.notes_at_server(visit),
        Some(serde_json::json!(["three days"]))
    );
}
