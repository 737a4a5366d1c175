//! Areas that a phone holds and that have ended: its worker is told, with what took their place.

use crate::state::cell::{Ending, RetiredCell};
use crate::state::{StateError, read};
use crate::store::engine::View;
use otor_protocol::area::AreaCode;
use otor_protocol::wire::{AreaEnding, EndedArea, Hello, Notice, ScopeGrant};

/// What a welcome says of them: of those that ended after what the phone has reached, so that a lost reply is made
/// good by the next.
pub(super) fn notices(
    view: &dyn View,
    hello: &Hello,
    scopes: &[ScopeGrant],
) -> Result<Vec<Notice>, StateError> {
    let mut notices = Vec::new();
    for code in scopes.iter().filter_map(|grant| grant.area.as_ref()) {
        let retired = read::area(view, code)?.and_then(|cell| cell.retired);
        if let Some(retired) = retired.filter(|retired| retired.commit > hello.point) {
            notices.push(Notice::Ended(ended(view, code, &retired)?));
        }
    }
    Ok(notices)
}

fn ended(view: &dyn View, code: &AreaCode, retired: &RetiredCell) -> Result<EndedArea, StateError> {
    let mut successors = Vec::new();
    for successor in &retired.successors {
        let name = read::area(view, successor)?.map_or_else(String::new, |cell| cell.name);
        successors.push((successor.clone(), name));
    }
    Ok(EndedArea {
        area: code.clone(),
        ending: match retired.ending {
            Ending::Split => AreaEnding::Split,
            Ending::Merged => AreaEnding::Merged,
            Ending::Moved => AreaEnding::Moved,
            Ending::Closed => AreaEnding::Closed,
        },
        successors,
    })
}
