//! A dictionary learned by a real server on demand, and fetched over real HTTP by a phone whose link is good.

use crate::harness::{Administration, FieldPhone, RealServer, printed};
use otor_sim::link::Profile;
use std::collections::BTreeSet;

const WORKERS: usize = 20;
const GRIDS: usize = 10;

fn grid(worker: usize) -> String {
    format!("150821100300{:03}", worker % GRIDS + 1)
}

/// What everybody writes: several thousand characters, no digits.
fn boilerplate() -> String {
    (0x5000..0x5600).filter_map(char::from_u32).collect()
}

#[test]
fn what_twenty_workers_write_is_learned_on_demand_and_fetched_over_a_good_link_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = RealServer::start(&folder.path().join("data"));
    let administration = Administration::of(server.url());
    let grids: BTreeSet<String> = (0..WORKERS).map(grid).collect();
    let areas: String = grids
        .iter()
        .map(|grid| format!("{grid},g{grid},grid\n"))
        .collect();
    administration.import("areas/import", &format!("code,name,level\n{areas}"));
    let workers: String = (0..=WORKERS)
        .map(|worker| format!("w{worker},工{worker},{}\n", grid(worker)))
        .collect();
    administration.import("workers/import", &format!("code,name,areas\n{workers}"));
    let train = || {
        printed(
            &server
                .command("dictionary train")
                .output()
                .expect("otor can be run"),
        )
    };
    assert!(train().contains("too little"), "nobody has written anything");

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for worker in 0..WORKERS {
            let (name, code) = (format!("d{worker}"), format!("w{worker}"));
            let phone = FieldPhone::invited(&administration, server.url(), &name, &code).await;
            phone.visit(&grid(worker), "031", &boilerplate());
            phone.sync().await;
        }
        assert!(train().contains("is learned"));
        assert!(train().contains("nothing new"));
        let listed = administration.get("dictionaries");
        let number = listed["dictionaries"][0]["number"].as_u64().expect("a number");
        let shown = administration.get(&format!("dictionaries/{number}"));
        let text = shown["text"].as_str().expect("a text");
        assert!(
            text.chars().count() > 300 && !text.contains(|c: char| c.is_ascii_digit()),
            "{text}"
        );

        let code = format!("w{WORKERS}");
        let phone = FieldPhone::invited(&administration, server.url(), "d", &code).await;
        let has = || {
            let phone = phone.lock();
            let learned = phone.replica().expect("running").learned_dictionary();
            learned.map(|dictionary| u64::from(dictionary.number()))
        };
        let weak = Profile::by_name("gprs_rural").expect("a named profile");
        let ideal = Profile::by_name("ideal").expect("a named profile");
        phone.route.link.set_profile(weak, 0);
        phone.try_to_sync().await;
        assert_eq!(has(), None, "bytes on this link are dear");
        phone.route.link.set_profile(ideal, phone.route.pace.now_us());
        phone.sync().await;
        phone.sync().await;
        assert_eq!(has(), Some(number));
        // It is named from now on, and the server answers with it.
        phone.visit(&grid(0), "032", &boilerplate());
        let before = phone.lock().statistics.bytes_up;
        phone.sync().await;
        let bytes_up = phone.lock().statistics.bytes_up - before;
        assert!(
            bytes_up < 1_200,
            "{bytes_up} bytes for {} of text",
            boilerplate().len()
        );
        assert_eq!(phone.lock().unsent(), Some(0));
    });
}
