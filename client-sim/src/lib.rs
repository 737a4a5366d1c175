//! Otor simulator.
