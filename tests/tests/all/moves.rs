//! Before a worker is moved or a grid is split the centre sees which phones hold unsent work, at a real server.

use crate::harness::{Administration, FieldPhone, GRIDS, RealServer, found_county, printed};
use otor_sim::link::Cut;
use otor_sim::transport::Severing;
use serde_json::{Value as Json, json};

fn told(server: &RealServer, line: &str) -> Json {
    let output = server.command(&format!("{line} --json")).output();
    serde_json::from_str(&printed(&output.expect("otor can be run"))).expect("JSON")
}

/// What is told of the one phone concerned.
fn phone_in(answer: &Json) -> &Json {
    let phones = answer["phones"].as_array().expect("a list");
    assert_eq!(phones.len(), 1, "{answer}");
    &phones[0]
}

/// A text that no packing makes much shorter.
fn unpackable(chars: u32, seed: u32) -> String {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let letters = (0..chars).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4e00 + (state >> 16) % 8_192).expect("a letter")
    });
    letters.collect()
}

#[tokio::test]
async fn the_centre_sees_unsent_work_before_a_move_and_a_restart_does_not_make_it_lie() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = RealServer::start(folder.path());
    let administration = Administration::of(server.url());
    found_county(&administration);
    let phone = FieldPhone::invited(&administration, server.url(), "a", "w2").await;
    let preview = format!("workers move w2 --areas {} --preview", GRIDS[2]);
    let unknown = told(&server, &preview);
    assert_eq!(phone_in(&unknown)["unsent"], json!(null));
    assert!(phone_in(&unknown)["unknown_since"].is_string());

    phone.visit(GRIDS[1], "door 1", "sent");
    phone.sync().await;
    let idle = told(&server, &preview);
    assert_eq!(phone_in(&idle)["unsent"], json!(0));
    // Its own visit stays with it: nothing leaves.
    assert_eq!((&idle["leaving"], &idle["entering"]), (&json!(0), &json!(0)));

    // Five more; the link breaks before one has crossed, and then the phone only asks what has arrived.
    for door in 0..5 {
        phone.visit(GRIDS[1], &format!("door {door}"), &unpackable(3_000, door));
    }
    phone.sync_severed(Severing::At(Cut::AfterBytes(3_000))).await;
    let asked = phone.sync_once().await;
    assert!(asked.bare && asked.report.complete, "{asked:?}");
    let busy = told(&server, &preview);
    assert_eq!(phone_in(&busy)["unsent"], json!(5));
    assert!(phone_in(&busy)["last_met"].is_string());
    let split = format!(
        "areas split {} --into 150821100201021=a --into 150821100201022=b --preview",
        GRIDS[1]
    );
    let split_preview = told(&server, &split);
    let concerned: Vec<_> = split_preview["phones"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(concerned.len(), 1);
    assert_eq!(
        (&concerned[0]["unsent"], &split_preview["records"]),
        (&json!(5), &json!(1))
    );
    assert_eq!(split_preview["workers"].as_array().map(Vec::len), Some(2));

    // Whoever sets or imports workers moves them too, and is told the same beforehand.
    let set = told(
        &server,
        &format!("workers set w2 --name 工 --areas {} --preview", GRIDS[2]),
    );
    let file = folder.path().join("workers.csv");
    std::fs::write(
        &file,
        format!("code,name,areas\nw2,工,{}\nnew,新,{}\n", GRIDS[2], GRIDS[2]),
    )
    .expect("a file");
    let import = told(&server, &format!("workers import {} --preview", file.display()));
    for (answer, imported) in [(&set, 1), (&import, 2)] {
        assert_eq!(phone_in(answer)["unsent"], json!(5));
        assert_eq!(answer["moved"], json!([{"code": "w2", "areas": [GRIDS[2]]}]));
        assert_eq!(answer["imported"], json!(imported));
    }
    let workers = administration.get("workers");
    let w2 = workers["workers"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["code"] == "w2");
    assert_eq!(
        w2.expect("the worker")["areas"],
        json!([GRIDS[1]]),
        "nothing was changed"
    );

    server.kill();
    server.up();
    let forgotten = told(&server, &preview);
    assert_eq!(phone_in(&forgotten)["unsent"], json!(null));
    assert!(phone_in(&forgotten)["unknown_since"].is_string());

    // The move itself tells the same. It leaves the worker the old grid: this phone's clock runs too fast here for its
    // work to be judged by the time of writing.
    let moved = told(
        &server,
        &format!("workers move w2 --areas {},{}", GRIDS[1], GRIDS[2]),
    );
    assert!(moved["commit"].is_u64());
    assert_eq!(phone_in(&moved)["device"], phone_in(&forgotten)["device"]);
    phone.sync().await;
    assert_eq!(administration.kept_aside(), (0, 0));
    let rows = administration.get(&format!("records?kind=visit&area={}", GRIDS[1]));
    assert_eq!(rows["records"].as_array().map(Vec::len), Some(6));
    let devices = administration.get("devices");
    assert_eq!(devices["devices"][0]["unsent"], json!(0));
}
