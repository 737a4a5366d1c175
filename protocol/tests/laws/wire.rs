//! Messages as bytes: what is written is read, what is read by mistake is refused, nothing panics.

use crate::canonical::{damage, damaged};
use crate::{contents, messages, values};
use otor_protocol::ids::Level;
use otor_protocol::op::{Facts, Op};
use otor_protocol::stamp::Stamp;
use otor_protocol::wire::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &T) -> Result<(), TestCaseError> {
    reads_back_by(message, encode, decode)
}

fn reads_back_by<T: PartialEq + Debug>(
    message: &T,
    encode: impl Fn(&T) -> Vec<u8>,
    decode: impl Fn(&[u8]) -> Result<T, Malformed>,
) -> Result<(), TestCaseError> {
    let bytes = encode(message);
    let read = decode(&bytes);
    prop_assert_eq!(read.as_ref(), Ok(message));
    for length in 0..bytes.len() {
        prop_assert_eq!(decode(&bytes[..length]), Err(Malformed), "cut at {}", length);
    }
    prop_assert_eq!(
        decode(&[bytes.as_slice(), &[0]].concat()),
        Err(Malformed),
        "a byte more"
    );
    Ok(())
}

macro_rules! each_message_reads_back {
    ($($name:ident: $strategy:expr;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]
            $(#[test] fn $name(message in $strategy) { reads_back(&message)?; })*
        }
    };
}

each_message_reads_back! {
    a_hello_reads_back: messages::hello();
    a_welcome_reads_back: messages::welcome();
    a_repair_frame_reads_back: messages::repair_frame();
    an_end_reads_back: messages::end();
    a_refusal_reads_back: messages::refusal();
    an_enrol_request_reads_back: messages::enrol_request();
    an_enrol_reply_reads_back: messages::enrol_reply();
    an_op_reads_back: values::op();
    facts_read_back: values::facts();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn batches_read_back(
        changes in messages::change_frame(),
        states in messages::state_frame(),
        content in contents::content(),
    ) {
        reads_back_by(&changes, ChangeFrame::encode, ChangeFrame::decode)?;
        reads_back_by(&states, StateFrame::encode, StateFrame::decode)?;
        reads_back_by(&content, Content::encode, Content::decode)?;
    }
}

/// Reads bytes as every kind of message. What is taken for a message can be written again.
fn read_as_everything(bytes: &[u8]) -> Result<(), TestCaseError> {
    fn read<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) -> Result<(), TestCaseError> {
        if let Ok(message) = decode::<T>(bytes) {
            prop_assert_eq!(decode::<T>(&encode(&message)), Ok(message));
        }
        Ok(())
    }
    read::<Hello>(bytes)?;
    read::<Welcome>(bytes)?;
    if let Ok(changes) = ChangeFrame::decode(bytes) {
        prop_assert_eq!(ChangeFrame::decode(&changes.encode()), Ok(changes));
    }
    if let Ok(states) = StateFrame::decode(bytes) {
        prop_assert_eq!(StateFrame::decode(&states.encode()), Ok(states));
    }
    read::<End>(bytes)?;
    read::<Refusal>(bytes)?;
    read::<EnrolRequest>(bytes)?;
    read::<EnrolReply>(bytes)?;
    read::<Op>(bytes)?;
    if let Ok(content) = Content::decode(bytes) {
        let read = Content::decode(&content.encode());
        prop_assert_eq!(read.as_ref(), Ok(&content));
        prop_assert!(content.last_seq() >= content.first_seq);
    }
    Ok(())
}

fn any_message() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        messages::hello().prop_map(|message| encode(&message)),
        messages::welcome().prop_map(|message| encode(&message)),
        messages::change_frame().prop_map(|message| message.encode()),
        messages::state_frame().prop_map(|message| message.encode()),
        messages::end().prop_map(|message| encode(&message)),
        messages::refusal().prop_map(|message| encode(&message)),
        messages::enrol_request().prop_map(|message| encode(&message)),
        messages::enrol_reply().prop_map(|message| encode(&message)),
        contents::content().prop_map(|content| content.encode()),
        contents::content().prop_map(|content| content.encode_plain()),
        values::op().prop_map(|op| encode(&op)),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        read_as_everything(&bytes)?;
    }

    #[test]
    fn damaged_messages_are_read_or_refused(bytes in any_message(), damages in vec(damage(), 1..20)) {
        for damage in damages {
            read_as_everything(&damaged(&bytes, &damage))?;
        }
    }

    #[test]
    fn ops_survive_their_frame(actor in values::actor(), ops in vec(values::op(), 1..6)) {
        let whole = Content {
            actor,
            first_seq: 1,
            boot: 5,
            wall_minus_uptime_ms: 0,
            floors: vec![(0, Default::default())],
            ops: ops.iter().map(|op| encode(op).into()).collect(),
            origins: vec![],
        };
        let kept = [whole.kept_from(&whole.encode()), whole.kept_from(&whole.encode_plain())];
        for bytes in [whole.encode(), whole.encode_plain(), whole.encode_to_keep()].into_iter().chain(kept) {
            let read = Content::decode(&bytes);
            prop_assert_eq!(read.as_ref(), Ok(&whole));
        }
        for (index, op) in ops.iter().enumerate() {
            let read = whole.op(index);
            prop_assert_eq!(read.as_ref(), Ok(op));
        }
        prop_assert_eq!(whole.op(ops.len()), Err(Malformed));
    }
}

#[test]
fn an_op_that_does_not_decode_spoils_no_other() {
    let content = Content {
        actor: Default::default(),
        first_seq: 1,
        boot: 5,
        wall_minus_uptime_ms: 0,
        floors: vec![(0, Default::default())],
        ops: vec![vec![0xc1, 7].into(), vec![].into()],
        origins: vec![],
    };
    for bytes in [content.encode(), content.encode_plain()] {
        let read = Content::decode(&bytes).expect("a frame is read whatever its ops are");
        assert_eq!((read.op(0), read.op(1)), (Err(Malformed), Err(Malformed)));
        assert_eq!(read.ops, content.ops);
    }
}

#[test]
fn floors_that_do_not_fit_the_ops_are_refused() {
    let content = |floors: &[(u32, u64)]| Content {
        actor: Default::default(),
        first_seq: 1,
        boot: 5,
        wall_minus_uptime_ms: 0,
        floors: floors
            .iter()
            .map(|(offset, floor)| (*offset, Stamp(*floor)))
            .collect(),
        ops: vec![vec![1].into(), vec![2].into(), vec![3].into()],
        origins: vec![],
    };
    let fitting = content(&[(0, 7), (2, 9)]);
    let read = Content::decode(&fitting.encode()).expect("floors in order, within the ops");
    assert_eq!([0, 1, 2].map(|index| read.floor_at(index)), [7, 7, 9].map(Stamp));
    for misfit in [
        &[][..],
        &[(1, 7)],
        &[(0, 7), (0, 9)],
        &[(0, 7), (2, 8), (1, 9)],
        &[(0, 7), (3, 9)],
    ] {
        assert_eq!(
            Content::decode(&content(misfit).encode()),
            Err(Malformed),
            "{misfit:?}"
        );
    }
}

#[test]
fn only_uncertain_facts_say_so() {
    let certain = Facts {
        stamp: Stamp(1),
        claimed_ms: 2,
        level: Level(3),
        uncertain: false,
    };
    let uncertain = Facts {
        uncertain: true,
        ..certain
    };
    assert_eq!(encode(&certain), [0x93, 1, 2, 3]);
    assert_eq!(encode(&uncertain), [0x94, 1, 2, 3, 0xc3]);
    for facts in [certain, uncertain] {
        assert_eq!(decode(&encode(&facts)), Ok(facts));
    }
    assert_eq!(decode::<Facts>(&[0x94, 1, 2, 3, 0xc2]), Err(Malformed));
    assert_eq!(decode::<Facts>(&[0x95, 1, 2, 3, 0xc3, 1]), Err(Malformed));
}
