//! Block owner-resolver
