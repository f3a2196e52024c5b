//! Block validator-e
