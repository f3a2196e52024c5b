//! Block snapshot-provider
