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

/// Reads the stored value of the setting.
pub(crate) fn pinned(search_path: Option<&str>) -> Pinned {
    let Some(value) = search_path else {
        return Pinned::No;
    };
    let names = listed(value).unwrap_or_default();
    if names == ["pg_catalog", "pg_temp"] {
        Pinned::Safe
    } else {
        Pinned::Unsafe
    }
}

/// The schemas that a stored value lists; none where it is no list of names.
pub(crate) fn listed(search_path: &str) -> Option<Vec<String>> {
    let found = tokens(search_path).ok()?;
    let mut rest = found.as_slice();
    let mut names = Vec::new();
    loop {
        let (first, after) = rest.split_first()?;
        match &first.kind {
            TokenKind::Word(name) | TokenKind::Quoted(name) => names.push(name.clone()),
            _ => return None,
        }
        match after {
            [] => return Some(names),
            [comma, more @ ..] if comma.is_mark(',') => rest = more,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn a_path_is_names_with_commas_between_them() {
        let names = |path: &str| listed(path).map(|names| names.join("|"));
        assert_eq!(
            names("app, \"Two Words\", pg_temp").as_deref(),
            Some("app|Two Words|pg_temp")
        );
        assert_eq!(names("pg_catalog").as_deref(), Some("pg_catalog"));
        for none in [
            "",
            "app pg_temp",
            "app; pg_temp",
            "app,",
            ", app",
            "app.pg_temp",
            "'app'",
        ] {
            assert_eq!(names(none), None, "{none}");
        }
    }
}
