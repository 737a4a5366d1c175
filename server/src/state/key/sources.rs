//! Keys of what came from elsewhere: records by their source's own number, answers to surveys.

use super::Key;

/// The record that has this number in the source it came from.
pub fn source(channel: &str, external_id: &str) -> Vec<u8> {
    Key::new(b's').text(channel).u8(0).text(external_id).done()
}

/// What one person asked has answered to a survey in an area.
pub fn answer_to_survey(area: &str, topic: &str, caller: &str) -> Vec<u8> {
    let place = Key::new(b'v').text(area).u8(0);
    place.text(topic).u8(0).text(caller).done()
}

/// Prefix of the answers in all areas whose codes begin so.
pub fn answers_to_surveys(area: &str) -> Vec<u8> {
    Key::new(b'v').text(area).done()
}

/// The area and topic that the key of an answer names.
pub fn surveyed(key: &[u8]) -> Option<(&str, &str)> {
    let mut parts = std::str::from_utf8(key.get(1..)?).ok()?.split('\0');
    Some((parts.next()?, parts.next()?))
}
