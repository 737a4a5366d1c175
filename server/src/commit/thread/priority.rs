//! How far a thread stands back behind the others when processors are short.

/// Lets this thread give way to others, by so many of the system's steps (nice): each is worth a fifth less of a
/// processor where there are not enough. Where threads have no priorities of their own nothing is changed.
pub fn give_way(steps: i32) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, steps) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = steps;
}
