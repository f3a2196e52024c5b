//! What to do about a store that cannot be used, found in the chain of causes.

use std::error::Error;
use std::sync::Arc;

use store_postgres::StoreError as ServerError;
use store_sqlite::StoreError as FileError;

/// A failure of a store of either kind.
enum Failed<'a> {
    File(&'a FileError),
    Server(&'a ServerError),
}

/// What to do about the first failure of a store among an error and its causes.
pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<&'static str> {
    behind(error).map(|failed| match failed {
        Failed::File(error) => about_file(error),
        Failed::Server(error) => about_server(error),
    })
}

/// Whether the store is in order and refuses what was asked by its rules.
pub(crate) fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    behind(error).is_some_and(|failed| match failed {
        Failed::File(error) => matches!(
            error,
            FileError::Refused { .. } | FileError::Unstorable { .. }
        ),
        Failed::Server(error) => matches!(
            error,
            ServerError::Rule { .. } | ServerError::Unstorable { .. }
        ),
    })
}

fn behind<'a>(error: &'a (dyn Error + 'static)) -> Option<Failed<'a>> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = found::<FileError>(error) {
            return Some(Failed::File(error));
        }
        if let Some(error) = found::<ServerError>(error) {
            return Some(Failed::Server(error));
        }
        cause = error.source();
    }
    None
}

/// An error of this kind; callers that wait together share one.
fn found<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let shared = error.downcast_ref::<Arc<E>>();
    error
        .downcast_ref::<E>()
        .or_else(|| shared.map(AsRef::as_ref))
}

fn about_server(error: &ServerError) -> &'static str {
    match error {
        ServerError::Address { .. } => {
            "write `postgres://[USER@]HOST[:PORT]/DATABASE`; passwords go into --credentials"
        }
        ServerError::Credentials { .. } => {
            "mend the file, or name another folder with --credentials"
        }
        ServerError::Unreachable { .. } => {
            "check that the server runs and accepts connections there"
        }
        ServerError::NoPassword { .. } | ServerError::Refused { .. } => {
            "put the role's password into its file in the folder of --credentials"
        }
        ServerError::NotAdmitted { .. } => "let the role in by the server's pg_hba.conf",
        ServerError::MissingDatabase { .. } => "create the database, then run `holdfast init`",
        ServerError::MissingRole { .. }
        | ServerError::Missing { .. }
        | ServerError::Privilege { .. }
        | ServerError::NotAStore { .. } => "run `holdfast init` as the administrator",
        ServerError::Hidden { .. } => {
            "let every role read the catalog again, or find out who hides it"
        }
        ServerError::Administrator { .. } => "run it as a superuser of the server",
        ServerError::ReadOnly { .. } => "name the primary server",
        ServerError::TooOld { .. } => "use a server of version 15 or newer",
        ServerError::Transient { .. }
        | ServerError::Exhausted { .. }
        | ServerError::Raced { .. } => "try again",
        ServerError::Lost { .. } | ServerError::Silent { .. } => {
            "see whether the server still runs, then try again"
        }
        ServerError::TamperedRow { .. } => {
            "find out who wrote the row, and restore the last good backup"
        }
        _ => "see what the cause says; what was asked was not stored",
    }
}

fn about_file(error: &FileError) -> &'static str {
    match error {
        FileError::Missing { .. } => "make it with `holdfast init`, or name another with --store",
        FileError::NotAStore { .. } => "name another file; this one was left as it is",
        FileError::NewerSchema { .. } => {
            "use the program that wrote it, or a newer one; it was left as it is"
        }
        FileError::OlderSchema { .. } => "bring it up to date with `holdfast init`",
        FileError::Locked { .. } => {
            "find out which program holds the lock, or try again when it is done"
        }
        FileError::Full { .. } => "free some space and try again; nothing was lost",
        FileError::ReadOnly { .. } => "make the file and its folder writable for this user",
        FileError::Corrupt { .. } | FileError::TamperedRow { .. } | FileError::Migration { .. } => {
            "keep a copy of the file as it is, and restore the last good one"
        }
        FileError::Io { .. } | FileError::Engine { .. } => {
            "check that the path is a file, and that this user may write it and its folder"
        }
        _ => "see what the cause says; what was asked was not stored",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use registrar::port::PortError;

    fn missing() -> FileError {
        FileError::Missing {
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
        let refused = FileError::Unstorable {
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
