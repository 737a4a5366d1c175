//! Tests of the emulated stream: which bytes get through, when, and what is said of them.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::link::profile::LossModel;
use crate::link::{ConnectOutcome, Cut, EndCause, Link, Profile};
use crate::transport::stream_report::{ReportHandle, StreamReport};
use crate::transport::{EmulatedStream, Pace, Severing, SharedLink};

/// Longer than any test takes unless it hangs.
const LONG: Duration = Duration::from_secs(60);

/// A stream over a link of `profile`, and the server's end of it.
async fn stream_over(
    profile: Profile,
    seed: u64,
    speed: f64,
    severing: Severing,
) -> (EmulatedStream, TcpStream, SharedLink) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let pace = Pace::of_machine(speed);
    let mut link = Link::new(profile, seed, 0);
    let connection = loop {
        let now_us = pace.now_us();
        match link.connect(now_us) {
            ConnectOutcome::Established { connection, .. } => break *connection,
            ConnectOutcome::Failed { at_us } => pace.sleep_until(at_us).await,
        }
    };
    let link = SharedLink::new(link);
    (
        EmulatedStream::new(socket, connection, link.clone(), pace, severing),
        server,
        link,
    )
}

fn named(profile: &str) -> Profile {
    Profile::by_name(profile).unwrap()
}

/// Sends `up` bytes, to which the server answers with `down` bytes once all have come and closes. What came
/// back, what the server got, and the report.
async fn talk(
    (mut stream, mut server, _link): (EmulatedStream, TcpStream, SharedLink),
    up: usize,
    down: usize,
) -> (io::Result<Vec<u8>>, Vec<u8>, StreamReport) {
    let report: ReportHandle = stream.report();
    let serving = tokio::spawn(async move {
        let mut got = vec![0; up];
        let mut count = 0;
        while count < up {
            match server.read(&mut got[count..]).await {
                Ok(more @ 1..) => count += more,
                _ => break,
            }
        }
        if count == up {
            let _ = server.write_all(&pattern(down)).await;
            let _ = server.shutdown().await;
        }
        got.truncate(count);
        got
    });
    let talking = async {
        let mut got = Vec::new();
        let result = async {
            stream.write_all(&pattern(up)).await?;
            let mut buffer = [0; 1000];
            loop {
                match stream.read(&mut buffer).await? {
                    0 => return Ok(()),
                    count => got.extend_from_slice(&buffer[..count]),
                }
            }
        }
        .await;
        drop(stream);
        (result, got)
    };
    let (result, got) = tokio::time::timeout(LONG, talking).await.expect("no hanging");
    let served = tokio::time::timeout(LONG, serving)
        .await
        .expect("no hanging")
        .unwrap();
    let received = got.clone();
    let report = report.read();
    assert_eq!(report.bytes_down, received.len() as u64);
    assert_eq!(report.bytes_up, served.len() as u64);
    (result.map(|()| received), served, report)
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|place| (place * 31 % 251) as u8).collect()
}

#[tokio::test]
async fn every_byte_crosses_both_ways_in_order_and_is_counted() {
    for profile in ["ideal", "lte_ok", "edge_lossy"] {
        let over = stream_over(named(profile).without_outages(), 3, 2_000.0, Severing::Never).await;
        let (got, served, report) = talk(over, 20_000, 70_000).await;
        assert_eq!(got.unwrap(), pattern(70_000), "{profile}");
        assert_eq!(served, pattern(20_000), "{profile}");
        assert_eq!(
            (report.bytes_up, report.bytes_down, report.cause),
            (20_000, 70_000, None)
        );
    }
}

#[tokio::test]
async fn cut_lets_exactly_its_bytes_through_both_directions_together() {
    for cut in [0, 1, 1_499, 4_000, 5_000, 5_001, 9_000] {
        let severing = Severing::At(Cut::AfterBytes(cut));
        let over = stream_over(named("ideal"), 1, 1_000.0, severing).await;
        let (got, served, report) = talk(over, 5_000, 5_000).await;
        assert_eq!(got.unwrap_err().kind(), io::ErrorKind::ConnectionReset, "{cut}");
        assert_eq!(report.bytes_up + report.bytes_down, cut);
        assert_eq!(report.bytes_up, cut.min(5_000));
        assert_eq!(served, pattern(cut.min(5_000) as usize));
        assert_eq!(report.cause, Some(EndCause::Cut));
    }
}

#[tokio::test]
async fn bytes_before_a_cut_of_the_reply_are_read_before_the_error() {
    let severing = Severing::At(Cut::AfterBytes(5_700));
    let (mut stream, mut server, _link) = stream_over(named("ideal"), 1, 1_000.0, severing).await;
    tokio::spawn(async move {
        let mut request = vec![0; 5_000];
        server.read_exact(&mut request).await.unwrap();
        server.write_all(&pattern(5_000)).await.unwrap();
        let _ = server.read(&mut request).await;
    });
    stream.write_all(&pattern(5_000)).await.unwrap();
    let mut got = vec![0; 700];
    stream.read_exact(&mut got).await.unwrap();
    assert_eq!(got, pattern(700));
    assert_eq!(
        stream.read(&mut got).await.unwrap_err().kind(),
        io::ErrorKind::ConnectionReset
    );
}

#[tokio::test]
async fn reply_that_is_severed_does_not_come_and_the_request_is_whole() {
    let over = stream_over(named("lte_ok"), 1, 1_000.0, Severing::BeforeReply).await;
    let (got, served, report) = talk(over, 3_000, 3_000).await;
    assert_eq!(got.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(served, pattern(3_000));
    assert_eq!((report.bytes_up, report.bytes_down), (3_000, 0));
}

#[tokio::test]
async fn what_a_transfer_takes_in_virtual_time_does_not_depend_on_the_speed() {
    let mut profile = named("umts_rural").without_outages();
    (profile.loss, profile.radio_sleep) = (LossModel::even(0.0), None);
    let mut took = Vec::new();
    for speed in [200.0, 20_000.0] {
        let over = stream_over(profile.clone(), 5, speed, Severing::Never).await;
        let began_us = over.0.report().read().link_us;
        let (got, _, report) = talk(over, 1_000, 1_000).await;
        got.unwrap();
        took.push((report.link_us - began_us) / 1_000);
    }
    // A round trip of 400 ± 150 ms, about 1,050 bytes at 50 kbit/s up and as many at 200 kbit/s down.
    assert!((450..780).contains(&took[0]), "{took:?}");
    // The connections begin at different moments, so that roundings differ.
    assert!(took[0].abs_diff(took[1]) <= 2, "{took:?}");
}

#[tokio::test]
async fn transfer_takes_no_less_real_time_than_its_virtual_time_divided_by_the_speed() {
    let pace = Pace::of_machine(1_000_000.0);
    let over = stream_over(named("gprs_rural").without_outages(), 5, 100.0, Severing::Never).await;
    let began_us = over.0.report().read().link_us;
    let began_real_us = pace.now_us() / 1_000_000;
    let (got, _, report) = talk(over, 2_000, 500).await;
    got.unwrap();
    let real_us = pace.now_us() / 1_000_000 - began_real_us;
    let virtual_us = report.link_us - began_us;
    assert!(virtual_us > 1_500_000, "{virtual_us}");
    assert!(real_us + 1_000 >= virtual_us / 100, "{real_us} for {virtual_us}");
}

#[tokio::test]
async fn link_that_goes_down_resets_the_phone_and_what_was_under_way_is_lost() {
    let (mut stream, mut server, link) = stream_over(named("gprs_rural"), 1, 500.0, Severing::Never).await;
    let report = stream.report();
    let down_us = report.read().link_us + 4_000_000;
    link.set_profile(named("down"), down_us);
    let reading = tokio::spawn(async move {
        let mut got = Vec::new();
        let _ = server.read_to_end(&mut got).await;
        got
    });
    let sent = async {
        stream.write_all(&pattern(60_000)).await?;
        stream.read(&mut [0; 10]).await
    };
    let error = tokio::time::timeout(LONG, sent)
        .await
        .expect("no hanging")
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    drop(stream);
    let got = tokio::time::timeout(LONG, reading)
        .await
        .expect("the server notices too")
        .unwrap();
    let report = report.read();
    assert!(got.len() < 20_000, "{}", got.len());
    assert_eq!(got, pattern(got.len()));
    assert_eq!(report.bytes_up, got.len() as u64);
    assert_eq!(report.link_us, down_us);
    assert_eq!(report.cause, Some(EndCause::Outage));
}

#[tokio::test]
async fn phone_that_hears_nothing_on_a_dead_connection_gives_up() {
    let mut profile = named("gprs_rural").without_outages();
    (profile.outage_ends_connection, profile.outage_leaves_half_open) = (0.0, 1.0);
    let (mut stream, _server, link) = stream_over(profile.clone(), 1, 5_000.0, Severing::Never).await;
    let report = stream.report();
    let mut dead = named("down");
    (dead.outage_ends_connection, dead.outage_leaves_half_open) = (0.0, 1.0);
    link.set_profile(dead, report.read().link_us + 1_000);
    let sent = async {
        stream.write_all(&pattern(100)).await?;
        stream.read(&mut [0; 10]).await
    };
    let error = tokio::time::timeout(LONG, sent)
        .await
        .expect("no hanging")
        .unwrap_err();
    assert!([io::ErrorKind::TimedOut, io::ErrorKind::ConnectionReset].contains(&error.kind()));
    assert_eq!(report.read().bytes_up, 0);
    assert!(matches!(report.read().cause, Some(EndCause::HalfOpen)));
}
