//! The first start: the history begins, and the first account gets its token.

use super::error::ServeError;
use crate::commit::{CommitPath, Proposal, Stopped, Uncommitted};
use crate::decide::admin::start::{Founded, begin, found, renew_first_token};
use crate::decide::admin::{token_hash, token_text};
use crate::decide::{Decided, Desk};
use crate::state::StateError;
use std::sync::{Arc, Mutex, PoisonError};

/// Fewest characters of a token that is given rather than made.
pub const TOKEN_CHARS_MIN: usize = 16;
const TOKEN_CHARS_MAX: usize = 200;

/// Begins the history and makes the first account, where that has not been done. Returns the token to be shown,
/// if one was made: never where it was given.
///
/// # Errors
/// [`ServeError`] if nothing can be written, or the token given is too weak.
pub(super) fn found_server(
    path: &mut CommitPath,
    now_ms: i64,
    given: Option<&str>,
) -> Result<Option<String>, ServeError> {
    let incarnation: u64 = rand::random();
    decide_now(path, now_ms, move |desk| Ok((begin(desk, incarnation)?, ())))?;
    let made = given.is_none();
    let token = given.map_or_else(|| token_text(&rand::random()), str::to_owned);
    let (hash, is_strong) = (token_hash(&token), made || is_strong(&token));
    let founded = decide_now(path, now_ms, move |desk| {
        let (decided, outcome) = found(desk, hash)?;
        // Looked at only where it is used: on later starts the variable may hold another account's token.
        if !is_strong && matches!(outcome, Ok(Founded::Created(_))) {
            return Ok((None, None));
        }
        Ok((decided, Some(outcome)))
    })?;
    match founded {
        None => Err(ServeError::WeakToken {
            min: TOKEN_CHARS_MIN,
            max: TOKEN_CHARS_MAX,
        }),
        Some(Err(refusal)) => Err(ServeError::FirstAccount(refusal.to_string())),
        Some(Ok(Founded::Created(_))) if made => Ok(Some(token)),
        Some(Ok(Founded::Created(_) | Founded::AlreadyThere)) => Ok(None),
    }
}

/// Gives the first account another token, which is returned.
///
/// # Errors
/// [`ServeError`] if nothing can be written, or there is no such account.
pub(super) fn renew_token(path: &mut CommitPath, now_ms: i64) -> Result<String, ServeError> {
    let token = token_text(&rand::random());
    let hash = token_hash(&token);
    decide_now(path, now_ms, move |desk| renew_first_token(desk, hash))?
        .map_err(|refusal| ServeError::FirstAccount(refusal.to_string()))?;
    Ok(token)
}

fn is_strong(token: &str) -> bool {
    (TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&token.len())
        && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Has something decided and made durable before anything else runs; its outcome.
pub(super) fn decide_now<T: Send + 'static>(
    path: &mut CommitPath,
    now_ms: i64,
    decide: impl FnOnce(&Desk) -> Result<(Option<Decided>, T), StateError> + Send + 'static,
) -> Result<T, ServeError> {
    let outcome: Arc<Mutex<Option<T>>> = Arc::default();
    let ended: Arc<Mutex<Option<Result<u64, Uncommitted>>>> = Arc::default();
    let (into_outcome, into_ended) = (outcome.clone(), ended.clone());
    let proposal = Proposal {
        decide: Box::new(move |desk| {
            let (decided, value) = decide(desk)?;
            *lock(&into_outcome) = Some(value);
            Ok(decided)
        }),
        completed: Box::new(move |result| *lock(&into_ended) = Some(result)),
    };
    let undecided = || ServeError::from(Stopped("the first entries could not be decided".into()));
    path.offer(proposal).map_err(|_| undecided())?;
    path.step(now_ms);
    lock(&ended).take().ok_or_else(undecided)??;
    lock(&outcome).take().ok_or_else(undecided)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::StateFold;
    use crate::state::cell::{PersonCell, Role};
    use crate::state::read;
    use crate::store::disk::SimulatedDisk;
    use crate::store::engine::{Engine, EngineOptions};
    use crate::store::journal::DatabaseId;
    use crate::store::table::MemoryTables;
    use otor_protocol::catalogue::Catalogue;

    fn new_server() -> CommitPath {
        let engine = Engine::open(
            Arc::new(SimulatedDisk::default()),
            Arc::new(MemoryTables::default()),
            Arc::new(StateFold),
            EngineOptions::new(DatabaseId([1; 16])),
            &mut |_| {},
        );
        CommitPath::new(engine.unwrap().0, Catalogue::built_in()).unwrap()
    }

    fn first_account(path: &CommitPath) -> Option<PersonCell> {
        read::person_by_code(
            path.engine().pending_view(),
            crate::decide::admin::start::FIRST_ACCOUNT,
        )
        .unwrap()
    }

    fn hash_of(path: &CommitPath) -> [u8; 32] {
        match first_account(path).unwrap().role {
            Role::Account(account) => account.token_hash,
            _ => panic!("the first account is no account"),
        }
    }

    #[test]
    fn the_first_start_makes_a_token_and_no_later_one_does() {
        let mut path = new_server();
        let token = found_server(&mut path, 1, None).unwrap().unwrap();
        assert_eq!(hash_of(&path), token_hash(&token));
        let commit = path.engine().published();
        assert_eq!(found_server(&mut path, 2, None).unwrap(), None);
        assert_eq!(found_server(&mut path, 2, Some("short")).unwrap(), None);
        assert_eq!(path.engine().published(), commit);
        assert_eq!(hash_of(&path), token_hash(&token));
    }

    #[test]
    fn a_token_that_is_given_is_taken_and_not_told_again() {
        let mut path = new_server();
        let given = "a-token-of-the-operator";
        assert_eq!(found_server(&mut path, 1, Some(given)).unwrap(), None);
        assert_eq!(hash_of(&path), token_hash(given));
    }

    #[test]
    fn a_weak_token_makes_no_account_and_a_better_one_does_then() {
        let mut path = new_server();
        for weak in [
            "short",
            "with a space in it, though long",
            "长长长长长长长长长长长长长长长长",
        ] {
            let refused = found_server(&mut path, 1, Some(weak));
            assert!(matches!(refused, Err(ServeError::WeakToken { .. })), "{weak}");
            assert_eq!(first_account(&path), None);
        }
        assert!(found_server(&mut path, 1, None).unwrap().is_some());
    }

    #[test]
    fn a_lost_token_is_replaced_and_opens_nothing_any_more() {
        let mut path = new_server();
        let lost = found_server(&mut path, 1, None).unwrap().unwrap();
        let renewed = renew_token(&mut path, 2).unwrap();
        assert_ne!(lost, renewed);
        assert_eq!(hash_of(&path), token_hash(&renewed));
    }
}
