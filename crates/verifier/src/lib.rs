//! Block verifier
