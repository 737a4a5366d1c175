//! A dictionary that the deployment taught: learned from what everybody writes, fetched over a good link, used, and
//! done without where the server no longer knows it.

use crate::field::{Field, GRID};
use otor_protocol::record::Edit;
use otor_protocol::wire::{FrameReader, Hello, decode};
use otor_sim::device::{ExchangeFault, Phone};
use otor_sim::replay::centre::Centre;

/// Workers beside the field's own, and the grids they work in.
const WORKERS: usize = 20;
const GRIDS: usize = 10;

/// A long text of no numbers, different for each `number`, as a township may have everybody write it.
fn boilerplate(number: u32) -> String {
    let first = 0x5000 + number * 0x700;
    (first..first + 0x600).filter_map(char::from_u32).collect()
}

fn write(field: &Field, phone: &mut Phone, grid: &str, note: &str) {
    let (replica, clock) = phone.desk(field.now_ms).expect("a running phone");
    let edit = Edit {
        set: vec![("note".into(), note.into())],
        ..Edit::default()
    };
    let area = grid.parse().expect("a code");
    replica.create(clock, "visit", area, &edit).expect("written");
}

/// A field in which twenty workers of ten grids have written these texts.
fn taught(texts: &[String]) -> Field {
    let mut field = Field::new();
    for worker in 0..WORKERS {
        let (name, grid) = (
            format!("w{worker}"),
            format!("150821100300{:03}", worker % GRIDS + 1),
        );
        if worker < GRIDS {
            field.centre().area(&grid, &grid, "grid").expect("an area");
        }
        field
            .centre()
            .worker(&name, &name, std::slice::from_ref(&grid))
            .expect("a worker");
        let mut phone = field.phone(&name);
        texts
            .iter()
            .for_each(|text| write(&field, &mut phone, &grid, text));
        field.sync(&mut phone);
    }
    field
}

fn learn(field: &mut Field) -> u32 {
    let learned = field.server.learn(field.now_ms).expect("a running server");
    learned.expect("something in common")
}

/// The number of the dictionary this phone has learned of and has whole.
fn has(phone: &Phone) -> Option<u32> {
    let dictionary = phone.replica().expect("running").learned_dictionary();
    dictionary.map(|dictionary| dictionary.number())
}

/// What the next request names, and how long it is.
fn request(field: &Field, phone: &mut Phone) -> (u32, usize) {
    let exchange = phone.begin_exchange(field.now_ms, 0).expect("a request");
    let mut reader = FrameReader::default();
    reader.push(&exchange.frames()[0]);
    let frame = reader.next_frame().expect("frames").expect("a whole one");
    let hello: Hello = decode(&frame.payload[..frame.payload.len() - 16]).expect("a hello");
    (hello.dictionary, exchange.request_bytes())
}

#[test]
fn it_is_fetched_only_over_a_good_link_across_cuts_and_then_used() {
    let texts = [boilerplate(0), boilerplate(1), boilerplate(2)];
    let mut field = taught(&texts);
    let number = learn(&mut field);
    let mut phone = field.phone("a");
    field.sync(&mut phone);
    assert_eq!(has(&phone), None);

    phone.on_good_link = true;
    // With a small budget nothing of it comes; with cuts, a piece or two a time.
    assert_eq!(field.exchange(&mut phone, 200, usize::MAX).dictionary_bytes, 0);
    let (mut attempts, mut came) = (0, 0);
    while has(&phone).is_none() {
        came += field.exchange(&mut phone, 0, 5_000).dictionary_bytes;
        attempts += 1;
        assert!(attempts < 20);
        phone.restart().expect("it starts again");
    }
    assert!(attempts > 1, "it comes in several pieces");
    let (_, content) = field
        .server
        .dictionary()
        .expect("a running server")
        .expect("a dictionary");
    assert_eq!(came as usize, content.len(), "no byte comes twice");
    assert_eq!(has(&phone), Some(number));

    // Whoever has it names it, and says the same in fewer bytes.
    let mut without = field.phone("b");
    field.sync(&mut without);
    phone.on_good_link = false;
    for phone in [&mut phone, &mut without] {
        write(&field, phone, GRID, &texts[1][300..900]);
    }
    let ((named, short), (plain, long)) = (request(&field, &mut phone), request(&field, &mut without));
    assert_eq!(named, number);
    assert_ne!(plain, number);
    assert!(short * 3 < long * 2, "{short} of {long} bytes");
    field.sync(&mut phone);
    field.sync(&mut without);
    assert_eq!(phone.unsent(), Some(0));
    // Everything that others write comes packed with it, too.
    field.sync(&mut phone);
    let visits = phone.replica().expect("running").records().count();
    assert_eq!(visits, 2);
}

#[test]
fn a_phone_that_names_one_the_server_no_longer_keeps_goes_on_without_and_loses_nothing() {
    let mut field = taught(&[boilerplate(0)]);
    let number = learn(&mut field);
    let mut phone = field.phone("a");
    phone.on_good_link = true;
    field.sync(&mut phone);
    assert_eq!(has(&phone), Some(number));
    phone.on_good_link = false;

    // Generations later.
    for generation in 1..6 {
        let text = boilerplate(generation);
        let texts = (0..WORKERS).map(|worker| {
            let grid = format!("150821100300{:03}", worker % GRIDS + 1);
            (worker as u32, grid.parse().expect("a code"), text.clone())
        });
        field
            .server
            .learn_from(field.now_ms, texts)
            .expect("something in common");
    }
    write(&field, &mut phone, GRID, "入户走访");
    let refused = field.refused(&mut phone);
    assert!(matches!(refused, ExchangeFault::Refused(_)), "{refused:?}");
    assert_eq!((has(&phone), phone.unsent()), (None, Some(1)));
    field.sync(&mut phone);
    assert_eq!(phone.unsent(), Some(0));
    // On a good link it learns of the newest.
    phone.on_good_link = true;
    field.sync(&mut phone);
    let (newest, _) = field
        .server
        .dictionary()
        .expect("a running server")
        .expect("a dictionary");
    assert_eq!(has(&phone), Some(newest));
}
