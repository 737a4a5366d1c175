//! Proxies that hold a request, or a reply, back until it is whole, on contacts that are cut.

use super::standard::{Crosses, Standard};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Holds {
    Requests,
    Replies,
    Both,
}

/// Contacts of so many bytes each through a proxy; how many it took.
fn contacts_through(standard: &Standard, holds: Holds, bytes: usize) -> usize {
    let mut run = standard.run(8);
    for contacts in 1..300 {
        let done = run.attempt_through(
            |request| Crosses {
                up: bytes,
                down: bytes.saturating_sub(request),
            },
            holds != Holds::Replies,
            holds != Holds::Requests,
        );
        if done {
            run.sound();
            return contacts;
        }
    }
    panic!("no end through a proxy that holds {holds:?}, with {bytes} bytes a contact");
}

#[test]
fn exchange_ends_through_proxies_that_pass_only_what_is_whole() {
    let standard = Standard::new();
    let mut told = Vec::new();
    for holds in [Holds::Requests, Holds::Replies, Holds::Both] {
        for bytes in [2_000, 3_000, 6_000] {
            told.push((holds, bytes, contacts_through(&standard, holds, bytes)));
        }
    }
    println!("{told:?}");
}
