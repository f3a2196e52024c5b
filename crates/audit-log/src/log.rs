//! The tree over the records so far, held to an earlier head.

use std::cmp::Ordering;
use std::fmt;
use std::ops::RangeInclusive;

use canonical::Digest;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use records::AuditRecord;
use registrar::contract::RejectCode;
use sha2::Sha256;

use crate::{TreeHead, leaf};

/// What a log that does not hold together is refused with.
pub const CODE: RejectCode = RejectCode::AuditLogInconsistent;

/// Where a log does not hold together, and why: [`CODE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inconsistency {
    /// The positions that it lies in, counted from 1: one record's, where a record does not fit; all
    /// that a head covers, where only their root tells that one of them was changed.
    pub records: RangeInclusive<u64>,
    /// What was found there.
    pub found: String,
}

impl std::error::Error for Inconsistency {}

impl fmt::Display for Inconsistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.records.start(), self.records.end());
        match last.cmp(first) {
            Ordering::Less => f.write_str("no record")?,
            Ordering::Equal => write!(f, "record {first}")?,
            Ordering::Greater => write!(f, "records {first} to {last}")?,
        }
        write!(f, ": {}", self.found)
    }
}

/// A log that is read from its first record on.
#[derive(Debug, Default)]
pub struct Log {
    tree: MemoryBackedTree<Sha256, [u8; 32]>,
    earlier: Option<TreeHead>,
}

impl Log {
    /// An empty log that has to continue from a head that was exported before.
    pub fn held_to(earlier: Option<TreeHead>) -> Self {
        Self {
            earlier,
            ..Self::default()
        }
    }

    /// How many records were appended.
    pub fn size(&self) -> u64 {
        self.tree.len()
    }

    /// Appends the next record; fails where it does not hold, or what came before it is not what the
    /// earlier head covers.
    pub fn append(&mut self, record: &AuditRecord) -> Result<(), Inconsistency> {
        self.continues()?;
        let due = self.size().saturating_add(1);
        let leaf = if record.position == due {
            leaf(record)
        } else {
            Err(format!("the next record is at {}", record.position))
        };
        let leaf = leaf.map_err(|found| Inconsistency {
            records: due..=due,
            found,
        })?;
        self.tree.push(*leaf.as_bytes());
        Ok(())
    }

    /// The head of a log that has at least as many records as are due, and as it had before.
    pub fn end(self, due: u64) -> Result<TreeHead, Inconsistency> {
        self.continues()?;
        let due = due.max(self.earlier.map_or(0, |head| head.tree_size));
        if self.size() < due {
            return Err(Inconsistency {
                records: self.size().saturating_add(1)..=due,
                found: "the log ends before, and had that many".to_owned(),
            });
        }
        Ok(self.head())
    }

    fn head(&self) -> TreeHead {
        TreeHead {
            tree_size: self.size(),
            root_hash: Digest::from_bytes((*self.tree.root().as_bytes()).into()),
        }
    }

    /// Fails where the log is as long as it was then, and is another one.
    fn continues(&self) -> Result<(), Inconsistency> {
        let Some(earlier) = self.earlier.filter(|head| head.tree_size == self.size()) else {
            return Ok(());
        };
        let (found, was) = (self.head().root_hash, earlier.root_hash);
        if found == was {
            return Ok(());
        }
        Err(Inconsistency {
            records: 1..=self.size(),
            found: format!("their root is {found}, and was {was} when the head was taken"),
        })
    }
}
