//! Verdicts in words, for people who look after quarantined ops or whose own edit was refused.

use otor_protocol::catalogue::KindSpec;
use otor_protocol::op::FieldId;
use otor_protocol::wire::Reason;

/// A reason as a sentence. `kind` gives fields their names, where the kind is known.
pub fn reason_in_words(reason: Reason, kind: Option<&KindSpec>) -> String {
    let field = |id: FieldId| {
        kind.and_then(|kind| kind.field(id))
            .map_or_else(|| format!("number {}", id.0), |spec| format!("{:?}", spec.name))
    };
    match reason {
        Reason::Unreadable => "its bytes could not be read, or are more than one edit may have".into(),
        Reason::WrongAuthor => "its author is not the phone's owner".into(),
        Reason::WrongLane => "it came through the stream of another urgency than its record's".into(),
        Reason::OutOfArea => "its author did not answer for the area when it was written".into(),
        Reason::DeviceRevoked => "the phone had been revoked".into(),
        Reason::UnknownArea => "there is no such area".into(),
        Reason::UnknownKind => "there is no such kind of record".into(),
        Reason::NoSuchRecord => "there is no such record, and none will come".into(),
        Reason::BehindAnother => "an earlier edit of the same record by the same phone is kept aside".into(),
        Reason::TooMany => "it has more parts than one edit may have".into(),
        Reason::Twice(id) => format!("field {} is changed twice", field(id)),
        Reason::WrongRule(id) => format!("field {} cannot be written in that way", field(id)),
        Reason::BadValue(id) => format!("a value does not fit field {}", field(id)),
        Reason::SetOnce(id) => format!("field {} is set once, when the record is created", field(id)),
        Reason::NotAuthorised => "its author may not do this".into(),
        Reason::RecordFull => "the record would grow beyond its bound".into(),
        Reason::NothingToRelease => "nothing is kept aside under that number".into(),
        Reason::Unprintable(id) => {
            format!(
                "a text of field {} has characters that cannot be shown or exported",
                field(id)
            )
        }
    }
}
