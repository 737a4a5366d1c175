//! What a phone that waits over TLS costs a real server. Not part of every run: it takes a minute, and Linux. Run it with
//! `cargo test --release -p otor-tests --test all over_tls -- --ignored --nocapture`.

use crate::harness::{Administration, FieldPhone, RealServer, found_county, otor, printed};
use crate::many_waiting::resident_bytes;
use otor_sim::transport::{AttemptOptions, Ending, Pace, exchange};
use std::fs;
use std::time::Duration;
use tokio::task::JoinSet;

const PHONES: usize = 400;
const BETWEEN_TWO: Duration = Duration::from_millis(10);
const BYTES_EACH_MAX: u64 = 60_000;

/// What each of the phones costs that wait at a server, in bytes.
fn cost_each(server: &RealServer, administration: &Administration) -> u64 {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut phones = Vec::new();
        for number in 0..PHONES {
            let name = format!("d{number}");
            let mut phone = FieldPhone::invited(administration, server.url(), &name, "w0").await;
            phone.sync().await;
            phone.route.pace = Pace::of_machine(1.0);
            phones.push(phone);
        }
        let before = resident_bytes(server.process_id());
        let mut waiting = JoinSet::new();
        for phone in phones {
            // More at once are told to stand in line.
            tokio::time::sleep(BETWEEN_TWO).await;
            waiting.spawn(async move {
                let wish = AttemptOptions {
                    wait_ms: 25_000,
                    ..AttemptOptions::default()
                };
                exchange(&phone.shared, &phone.route, wish).await
            });
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        let with_them = resident_bytes(server.process_id());
        assert!(waiting.try_join_next().is_none(), "they wait");
        while let Some(ended) = waiting.join_next().await {
            let attempt = ended.expect("no panic").expect("a running phone");
            assert_eq!(attempt.ending, Ending::Complete);
        }
        with_them.saturating_sub(before) / PHONES as u64
    })
}

#[test]
#[ignore = "takes a minute"]
fn a_phone_that_waits_over_tls_costs_the_server_less_than_sixty_kilobytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = RealServer::start(&folder.path().join("plain"));
    let administration = Administration::of(plain.url());
    found_county(&administration);
    let plainly = cost_each(&plain, &administration);

    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let mut command = otor();
    command.args(["cert", "self-signed", "--cert"]).arg(&certificate);
    command.arg("--key").arg(&key);
    printed(&command.output().expect("otor can be run"));
    let [cert_flag, key_flag] = [&certificate, &key].map(|path| path.to_str().expect("a path in UTF-8"));
    let flags = ["--tls-cert", cert_flag, "--tls-key", key_flag];
    let mut encrypted = RealServer::new(&folder.path().join("encrypted"), &flags);
    encrypted.up();
    let pem = fs::read(&certificate).expect("a certificate");
    let administration = Administration::trusting(encrypted.url(), Some(&pem));
    found_county(&administration);
    let over_tls = cost_each(&encrypted, &administration);
    println!("{PHONES} waiting phones: {plainly} bytes each in the clear, {over_tls} bytes each over TLS");
    assert!(over_tls < BYTES_EACH_MAX, "{over_tls} bytes");
}
