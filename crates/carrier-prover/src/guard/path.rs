//! Is a function's `search_path` pinned so that nobody's objects can be meant?

use super::lexer::{TokenKind, tokens};

/// How a function finds operators, functions and types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pinned {
    /// Exactly `pg_catalog, pg_temp`: only built-in objects.
    Safe,
    /// Something else, such as `pg_catalog` alone, which searches `pg_temp` first for types.
    Unsafe,
    /// By whatever path the session has.
    No,
}

/// Reads the stored value of the setting, a list of names.
pub(crate) fn pinned(search_path: Option<&str>) -> Pinned {
    let Some(value) = search_path else {
        return Pinned::No;
    };
    let Ok(found) = tokens(value) else {
        return Pinned::Unsafe;
    };
    let names = found.iter().map(|token| match &token.kind {
        TokenKind::Word(name) | TokenKind::Quoted(name) => name.as_str(),
        TokenKind::Mark(',') => ",",
        _ => "?",
    });
    if names.eq(["pg_catalog", ",", "pg_temp"]) {
        Pinned::Safe
    } else {
        Pinned::Unsafe
    }
}
