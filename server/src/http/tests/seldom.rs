//! What mostly comes to nothing is looked for beside the commits.

use super::app_of;
use crate::state::entry::Act;
use crate::test_server::TestServer;
use otor_protocol::ids::PersonId;
use std::sync::mpsc::channel;

#[actix_web::test]
async fn what_comes_to_nothing_does_not_wait_for_the_commits_and_what_comes_to_something_is_committed() {
    let app = app_of(TestServer::new());
    let before = app.reader.published();
    let (open, gate) = channel::<()>();
    let held = app.committer.submit(move |_| {
        // The test has gone away if nothing comes.
        let _ = gate.recv();
        Ok((None, ()))
    });
    assert_eq!(app.commit_if_any(|_| Ok((None, 7))).await.unwrap(), 7);
    open.send(()).unwrap();
    held.await.unwrap();
    assert_eq!(app.reader.published(), before);
    let heard = app.commit_if_any(|desk| {
        let heard = Act::Heard(vec![PersonId(1)]);
        Ok((Some(heard.into()), desk.commit))
    });
    assert_eq!(heard.await.unwrap(), before + 1);
    assert_eq!(app.reader.published(), before + 1);
}
