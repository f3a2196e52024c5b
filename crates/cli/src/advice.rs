//! What to do about a store that cannot be used, found in the chain of causes.

use std::error::Error;
use std::sync::Arc;

use store_sqlite::StoreError;

/// What to do about the first failure of a store among an error and its causes.
pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<&'static str> {
    behind(error).map(about)
}

/// Whether the store is in order and refuses what was asked by its rules.
pub(crate) fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    behind(error).is_some_and(|error| {
        matches!(
            error,
            StoreError::Refused { .. } | StoreError::Unstorable { .. }
        )
    })
}

fn behind<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a StoreError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(store) = store_error(error) {
            return Some(store);
        }
        cause = error.source();
    }
    None
}

/// A failure of the store; callers that wait together share one.
fn store_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a StoreError> {
    let shared = error.downcast_ref::<Arc<StoreError>>();
    error
        .downcast_ref::<StoreError>()
        .or_else(|| shared.map(AsRef::as_ref))
}

fn about(error: &StoreError) -> &'static str {
    match error {
        StoreError::Missing { .. } => "make it with `holdfast init`, or name another with --store",
        StoreError::NotAStore { .. } => "name another file; this one was left as it is",
        StoreError::NewerSchema { .. } => {
            "use the program that wrote it, or a newer one; it was left as it is"
        }
        StoreError::OlderSchema { .. } => "bring it up to date with `holdfast init`",
        StoreError::Locked { .. } => {
            "find out which program holds the lock, or try again when it is done"
        }
        StoreError::Full { .. } => "free some space and try again; nothing was lost",
        StoreError::ReadOnly { .. } => "make the file and its folder writable for this user",
        StoreError::Corrupt { .. }
        | StoreError::TamperedRow { .. }
        | StoreError::Migration { .. } => {
            "keep a copy of the file as it is, and restore the last good one"
        }
        StoreError::Io { .. } | StoreError::Engine { .. } => {
            "check that the path is a file, and that this user may write it and its folder"
        }
        _ => "see what the cause says; what was asked was not stored",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use registrar::port::PortError;

    fn missing() -> StoreError {
        StoreError::Missing {
            path: "here".into(),
        }
    }

    #[test]
    fn advice_is_found_behind_what_wraps_the_store() {
        let plain = PortError::new("the store did not answer", missing());
        let shared = PortError::new("the store did not answer", Arc::new(missing()));
        assert!(of(&plain).is_some());
        assert_eq!(of(&plain), of(&shared));
        assert_eq!(of(&missing()), of(&plain));
        assert!(!is_refusal(&plain));
    }

    #[test]
    fn what_the_store_refuses_by_its_rules_is_a_refusal() {
        let refused = StoreError::Unstorable {
            what: "retire a head",
            reason: "there is none".to_owned(),
        };
        assert!(is_refusal(&PortError::new("cannot retire", refused)));
    }

    #[test]
    fn failure_of_something_else_gets_no_advice_about_a_store() {
        assert_eq!(of(&std::io::Error::other("no")), None);
    }
}
