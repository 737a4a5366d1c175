//! Ops kept aside and their release.

use crate::decide::admin::account::{self, NewAccount};
use crate::decide::admin::area;
use crate::decide::admin::quarantine::release;
use crate::decide::admin::{AdminRefusal, device, token_hash};
use crate::service::{held, records};
use crate::state::read;
use crate::test_server::{FAR_GRID, GRIDS, TestServer, area_row};
use otor_protocol::catalogue::Catalogue;
use otor_protocol::ids::{Dot, Lane, RecordId};
use otor_protocol::op::{Body, Change, FieldId, KindId};
use otor_protocol::wire::{Reason, Verdict};

fn visit(area: &str) -> Body {
    Body::Create {
        kind: KindId(2),
        area: area.parse().expect("a code"),
        changes: vec![Change::Once(FieldId(5), "note".into())],
    }
}

fn held_ops(server: &TestServer, account: &str) -> Vec<(String, String, Option<String>)> {
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let view = reader.snapshot();
    let account = read::person_by_code(&view, account)
        .expect("readable")
        .expect("the account");
    let page = held::page(&view, &catalogue, &account, None).expect("readable");
    page.held
        .into_iter()
        .map(|entry| (entry.op, entry.reason, entry.author))
        .collect()
}

/// A worker's visit outside their area and a note on it, both kept aside.
fn two_held(server: &mut TestServer) -> (Dot, Dot) {
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let (first, verdict) = server.phone_writes(&phone, Lane::Rest, visit(FAR_GRID));
    assert_eq!(verdict, Verdict::Quarantined(Reason::OutOfArea));
    let note = Body::Edit {
        record: RecordId(first),
        changes: vec![Change::Append(FieldId(60), "later".into())],
    };
    let (second, verdict) = server.phone_writes(&phone, Lane::Rest, note);
    assert_eq!(verdict, Verdict::Quarantined(Reason::BehindAnother));
    (first, second)
}

#[test]
fn a_released_op_takes_with_it_what_waited_behind() {
    let mut server = TestServer::new();
    let (first, second) = two_held(&mut server);
    let name = |dot| RecordId(dot).to_string();
    let author = Some("w1".to_string());
    assert_eq!(
        held_ops(&server, "county"),
        [
            (name(first), "out_of_area".into(), author.clone()),
            (name(second), "behind_another".into(), author),
        ]
    );
    let behind = server.county(move |desk, own| release(desk, own, second));
    assert!(matches!(behind, Err(AdminRefusal::Unacceptable(_))), "{behind:?}");
    let released = server
        .county(move |desk, own| release(desk, own, first))
        .expect("released");
    assert_eq!((released.verdict.as_str(), released.reason), ("accepted", None));
    assert_eq!(held_ops(&server, "county"), []);
    let again = server.county(move |desk, own| release(desk, own, first));
    assert!(matches!(again, Err(AdminRefusal::NotFound(_))), "{again:?}");
}

#[test]
fn work_of_a_revoked_phone_is_listed_and_can_be_released() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let id = phone.device;
    server
        .county(move |desk, own| device::revoke(desk, own, id))
        .expect("revoked");
    let (dot, verdict) = server.phone_writes(&phone, Lane::Rest, visit(GRIDS[0]));
    assert_eq!(verdict, Verdict::Quarantined(Reason::DeviceRevoked));
    let released = server
        .county(move |desk, own| release(desk, own, dot))
        .expect("released");
    assert_eq!(released.verdict, "accepted");
}

#[test]
fn an_account_sees_and_releases_only_what_concerns_its_area() {
    let mut server = TestServer::new();
    let (first, _) = two_held(&mut server);
    for (name, area) in [("near", "150821100"), ("far", "150821101")] {
        let request = NewAccount {
            name: name.into(),
            level: "township".into(),
            area: Some(area.into()),
        };
        let hash = token_hash(name);
        let created = server.county(move |desk, own| account::create(desk, own, &request, hash));
        created.expect("an account");
    }
    assert_eq!(held_ops(&server, "far").len(), 1, "the visit is about its area");
    assert_eq!(
        held_ops(&server, "near").len(),
        1,
        "of the note only the sender is known"
    );
    let released = server.account("near", move |desk, own| release(desk, own, first));
    assert!(matches!(released, Err(AdminRefusal::NotFound(_))), "{released:?}");
    server
        .account("far", move |desk, own| release(desk, own, first))
        .expect("released");
}

fn release_now(server: &mut TestServer, dot: Dot) -> Result<String, AdminRefusal> {
    let released = server.county(move |desk, own| release(desk, own, dot));
    released.map(|released| released.verdict)
}

#[test]
fn work_of_an_unknown_kind_or_area_is_let_in_once_the_server_knows_it() {
    let mut server = TestServer::new();
    let new_area = "150821100201044";
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let unknown_kind = Body::Create {
        kind: KindId(77),
        area: GRIDS[0].parse().expect("a code"),
        changes: Vec::new(),
    };
    let (of_kind, verdict) = server.phone_writes(&phone, Lane::Rest, unknown_kind);
    assert_eq!(verdict, Verdict::Quarantined(Reason::UnknownKind));
    let (in_area, verdict) = server.phone_writes(&phone, Lane::Rest, visit(new_area));
    assert_eq!(verdict, Verdict::Quarantined(Reason::UnknownArea));
    // What comes between is taken as if nothing had happened.
    let (_, verdict) = server.phone_writes(&phone, Lane::Rest, visit(GRIDS[0]));
    assert_eq!(verdict, Verdict::Accepted);
    for dot in [of_kind, in_area] {
        let early = release_now(&mut server, dot);
        assert!(matches!(early, Err(AdminRefusal::Unacceptable(_))), "{early:?}");
    }
    let mut catalogue = Catalogue::built_in();
    let mut kind = *catalogue.kind_named("visit").expect("a kind");
    kind.id = KindId(77);
    catalogue.kinds.push(kind);
    server.use_catalogue(catalogue);
    let rows = [area_row(new_area)];
    server
        .county(move |desk, own| area::import(desk, own, &rows))
        .expect("imported");
    for dot in [of_kind, in_area] {
        assert_eq!(release_now(&mut server, dot).as_deref(), Ok("accepted"));
    }
    assert_eq!(
        read::server(&server.reader().snapshot())
            .expect("readable")
            .records,
        3
    );
}

#[test]
fn texts_that_an_administrator_vouches_for_are_let_in_and_shown_without_what_breaks_exports() {
    let mut server = TestServer::new();
    server.worker("w1", &[GRIDS[0]]);
    let phone = server.phone("w1", 1);
    let (first, _) = server.phone_writes(&phone, Lane::Rest, visit(GRIDS[0]));
    let id = RecordId(first);
    let note = |text: &str| Body::Edit {
        record: id,
        changes: vec![Change::Append(FieldId(60), text.into())],
    };
    let long = "水".repeat(4_001);
    for (text, reason) in [
        ("井\0水", Reason::Unprintable(FieldId(60))),
        (long.as_str(), Reason::BehindAnother),
    ] {
        let (_, verdict) = server.phone_writes(&phone, Lane::Rest, note(text));
        assert_eq!(verdict, Verdict::Quarantined(reason));
    }
    let (reader, catalogue) = (server.reader(), Catalogue::built_in());
    let county = read::person_by_code(&reader.snapshot(), "county").expect("readable");
    let county = county.expect("the account");
    let nul = Dot::new(first.actor, first.seq + 1);
    let page = held::page(&reader.snapshot(), &catalogue, &county, None).expect("readable");
    assert_eq!(
        page.held[0].detail.matches("notes").count(),
        1,
        "{:?}",
        page.held[0]
    );
    assert_eq!(page.held[1].behind, Some(page.held[0].op.clone()));
    assert_eq!(release_now(&mut server, nul).as_deref(), Ok("accepted"));
    // The note behind it is too long, which nobody has vouched for yet.
    let behind = Dot::new(first.actor, first.seq + 2);
    assert_eq!(held_ops(&server, "county").len(), 1);
    assert_eq!(release_now(&mut server, behind).as_deref(), Ok("accepted"));
    let row = records::one(&reader.snapshot(), &catalogue, &county, id).expect("readable");
    let notes = &row.expect("the visit").fields["notes"];
    assert_eq!(*notes, serde_json::json!(["井\u{fffd}水", long]));
}
