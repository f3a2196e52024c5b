//! What became of an item, and what an error says about it.

use std::sync::Arc;

use crate::error::StoreError;

/// What became of one item of a batch.
#[derive(Debug)]
pub(super) enum Outcome<A> {
    /// Committed, or found to be in the way of something committed.
    Answered(A),
    /// Certainly not written.
    RolledBack(Arc<StoreError>),
    /// The commit was sent, and it is not known whether it came through.
    Unknown(Arc<StoreError>),
}

impl StoreError {
    /// This error and its causes in one line.
    pub(super) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }

    /// Whether a batch failed for what one of its items wrote or waited for, so that each of them
    /// may fare better by itself.
    pub(crate) const fn may_be_one_items(&self) -> bool {
        matches!(
            self,
            Self::Rule { .. }
                | Self::Transient { .. }
                | Self::Raced { .. }
                | Self::Unstorable { .. }
                | Self::TamperedRow { .. }
        )
    }

    /// Whether a commit that failed so has certainly not come through: the server refused it by a
    /// rule, or gave way to another transaction.
    pub(super) const fn is_certain_rollback(&self) -> bool {
        matches!(self, Self::Rule { .. } | Self::Transient { .. })
    }
}
