//! The password of a named server's superuser: `PGPASSWORD`, else the password file.

use std::fmt;
use std::path::PathBuf;
use std::{env, fs};

/// Kept out of everything that is printed.
#[derive(Clone)]
pub(crate) struct Password(String);

impl Password {
    /// What the environment has for this server, as libpq would find it.
    pub(crate) fn find(host: &str, port: u16, user: &str) -> Option<Self> {
        if let Ok(password) = env::var("PGPASSWORD") {
            return Some(Self(password));
        }
        let text = fs::read_to_string(file()?).ok()?;
        // The lines name the database too; this one is where the others are made.
        let wanted = [host, &port.to_string(), "postgres", user];
        text.lines()
            .find_map(|line| matching(line, &wanted))
            .map(Self)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(…)")
    }
}

fn file() -> Option<PathBuf> {
    let named = env::var_os("PGPASSFILE").map(PathBuf::from);
    named.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".pgpass")))
}

/// The fifth field, if the first four are the wanted ones or `*`.
fn matching(line: &str, wanted: &[&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = fields(line).into_iter();
    for wanted in wanted {
        let field = fields.next()?;
        if field != "*" && field != *wanted {
            return None;
        }
    }
    fields.next()
}

/// Fields end at a colon; a backslash makes the next character an ordinary one.
fn fields(line: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            ':' => {
                all.push(String::new());
                continue;
            }
            '\\' => letters.next(),
            other => Some(other),
        };
        if let Some(last) = all.last_mut() {
            last.extend(letter);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gives_its_password_to_the_server_it_names() {
        let wanted = ["db.example", "5433", "postgres", "admin"];
        let given = |line| matching(line, &wanted);
        assert_eq!(
            given("db.example:5433:*:admin:se\\:cr\\\\et"),
            Some("se:cr\\et".to_owned())
        );
        assert_eq!(given("*:*:*:*:any"), Some("any".to_owned()));
        assert_eq!(given("db.example:5432:*:admin:other"), None);
        assert_eq!(given("# *:*:*:*:comment"), None);
    }

    #[test]
    fn a_password_is_not_printed() {
        assert_eq!(
            format!("{:?}", Password("secret".to_owned())),
            "Password(…)"
        );
    }
}
