//! Waiting in virtual time: the server in this process says until when it holds a reply, and what ends that.

use crate::field::{ELSEWHERE, Field, GRID};
use otor_sim::device::{Crossing, Phone, PhoneExchange, Wish};
use otor_sim::in_process::LocalExchange;
use otor_sim::replay::centre::Centre;
use serde_json::json;

const WAIT_MS: i64 = 20_000;

fn waiting(field: &mut Field, phone: &mut Phone) -> (PhoneExchange, LocalExchange) {
    let wish = Wish {
        wait_ms: WAIT_MS as u16,
        ..Wish::default()
    };
    let exchange = phone.begin_wished(field.now_ms, wish).expect("running");
    let mut serving = field.server.open_exchange().expect("running");
    let request = exchange.frames().concat();
    let reply = field.server.receive(&mut serving, &request, field.now_ms);
    assert_eq!(reply.expect("running"), None, "nothing to tell yet");
    (exchange, serving)
}

fn create(field: &mut Field, area: &str) {
    let fields = json!({"note": "水井正常"});
    let fields = fields.as_object().expect("fields").clone();
    field.centre().create("visit", area, fields).expect("created");
}

fn settled(field: &mut Field) -> Phone {
    let mut phone = field.phone("a");
    for _ in 0..2 {
        field.sync(&mut phone);
    }
    phone
}

#[test]
fn what_concerns_the_phone_ends_its_wait_and_what_does_not_leaves_it() {
    let mut field = Field::new();
    let mut phone = settled(&mut field);
    let (mut exchange, mut serving) = waiting(&mut field, &mut phone);
    assert_eq!(serving.waits_until_ms(), Some(field.now_ms + WAIT_MS));
    create(&mut field, ELSEWHERE);
    let now_ms = field.now_ms;
    assert_eq!(
        field.server.look_again(&mut serving, now_ms).expect("running"),
        None
    );
    create(&mut field, GRID);
    let now_ms = field.now_ms;
    let reply = field
        .server
        .look_again(&mut serving, now_ms)
        .expect("running")
        .expect("a reply");
    exchange.handle_bytes(&mut phone, &reply).expect("a good reply");
    let report = exchange
        .finish(&mut phone, &Crossing::default())
        .expect("durable");
    assert!(report.complete && report.items == 1);
}

#[test]
fn wait_without_news_ends_at_its_time_as_a_complete_reply() {
    let mut field = Field::new();
    let mut phone = settled(&mut field);
    let (mut exchange, mut serving) = waiting(&mut field, &mut phone);
    let until_ms = serving.waits_until_ms().expect("it waits");
    assert_eq!(
        field
            .server
            .look_again(&mut serving, until_ms - 1)
            .expect("running"),
        None
    );
    let reply = field
        .server
        .look_again(&mut serving, until_ms)
        .expect("running")
        .expect("a reply");
    exchange.handle_bytes(&mut phone, &reply).expect("a good reply");
    let report = exchange
        .finish(&mut phone, &Crossing::default())
        .expect("durable");
    assert!(report.complete && !report.progress());
}

#[test]
fn phone_with_work_and_phone_with_news_do_not_wait() {
    let mut field = Field::new();
    let mut phone = settled(&mut field);
    let wish = Wish {
        wait_ms: u16::MAX,
        ..Wish::default()
    };
    for _ in 0..2 {
        field.write(&mut phone, GRID);
        let exchange = phone.begin_wished(field.now_ms, wish).expect("running");
        let mut serving = field.server.open_exchange().expect("running");
        let request = exchange.frames().concat();
        let reply = field.server.receive(&mut serving, &request, field.now_ms);
        assert!(reply.expect("running").is_some());
        // The reply is lost: the next request has an acknowledgement to wait for no longer.
    }
}
