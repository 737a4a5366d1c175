//! How many files and connections the process may have open.

/// A server that may have fewer open soon has more phones than it can talk to.
const FEW: u64 = 4_096;

/// Raises the limit as far as the system lets a process do it by itself; says so where that is not far.
pub(super) fn raise_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(allowed) if allowed < FEW => tracing::warn!(
            allowed,
            "few files and connections may be open at once; raise the hard limit (ulimit -Hn, LimitNOFILE)"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "cannot raise the number of files that may be open"),
    }
}
