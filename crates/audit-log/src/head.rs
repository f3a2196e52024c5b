//! What a log looked like when somebody took note.

use canonical::Digest;
use serde::{Deserialize, Serialize};

/// The size of a log and the root of its Merkle tree (RFC 6962 §2.1), with SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeHead {
    /// How many records it covers, from the first.
    pub tree_size: u64,
    /// The root over their leaves; of none the hash of nothing.
    pub root_hash: Digest,
}
