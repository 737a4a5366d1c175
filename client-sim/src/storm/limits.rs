//! What the operating system allows one process: open files, and ports of one source address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Files that are open beside connections.
const OTHER_FILES: u64 = 256;
/// Connections that may be under way from one source address: the ports of a usual machine are some 28,000, and one
/// that was closed is not free again for a minute.
const PORTS_PER_ADDRESS: usize = 12_000;
/// Most source addresses.
const ADDRESSES_MAX: usize = 200;

/// Raises the number of open files as far as the system lets a process raise it itself. How many connections fit
/// then.
///
/// # Errors
/// If the system does not say.
pub(super) fn raise_open_files() -> std::io::Result<u64> {
    let allowed = rlimit::increase_nofile_limit(u64::MAX)?;
    Ok(allowed.saturating_sub(OTHER_FILES).max(1))
}

/// The addresses of this machine that connections to `target` begin from, so that its ports suffice for `connections`
/// a minute; none where the system chooses, because the target is not on this machine.
pub(super) fn source_addresses(target: SocketAddr, connections_a_minute: usize) -> Vec<IpAddr> {
    if !matches!(target.ip(), IpAddr::V4(address) if address.is_loopback()) {
        return Vec::new();
    }
    let count = connections_a_minute
        .div_ceil(PORTS_PER_ADDRESS)
        .min(ADDRESSES_MAX);
    (0..count)
        // Not above 250: ADDRESSES_MAX.
        .map(|number| IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2 + number as u8)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_comes_from_several_addresses_of_this_machine_and_elsewhere_the_system_chooses() {
        let here: SocketAddr = "127.0.0.1:8340".parse().unwrap();
        assert_eq!(source_addresses(here, 10_000).len(), 1);
        assert_eq!(source_addresses(here, 67_000).len(), 6);
        assert!(source_addresses("10.0.0.1:80".parse().unwrap(), 67_000).is_empty());
    }
}
