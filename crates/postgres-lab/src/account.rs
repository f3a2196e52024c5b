//! Under whose name a server runs, since it refuses to run as root.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::Error;

const PASSWD: &str = "/etc/passwd";

/// The user that servers run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// Whoever runs this process.
    Own,
    /// Another one, because this process is root.
    Other { name: String, user: u32, group: u32 },
}

impl Account {
    pub(crate) fn for_servers() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        let path = Path::new(PASSWD);
        let text =
            fs::read_to_string(path).map_err(|source| Error::file("reading", path, source))?;
        let lists = |name| Self::listed(&text, name);
        lists("postgres")
            .or_else(|| lists("nobody"))
            .ok_or(Error::NoAccount)
    }

    fn listed(passwd: &str, name: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next()? != name {
                return None;
            }
            Some(Self::Other {
                name: name.to_owned(),
                user: fields.nth(1)?.parse().ok()?,
                group: fields.next()?.parse().ok()?,
            })
        })
    }

    /// Makes a command run as this user. Without privileges left, its groups are the user's only.
    pub(crate) fn wear(&self, command: &mut Command) {
        if let Self::Other { user, group, .. } = self {
            command.uid(*user).gid(*group);
        }
    }

    pub(crate) fn own(&self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Own => Ok(()),
            Self::Other { user, group, .. } => chown(path, Some(*user), Some(*group))
                .map_err(|source| Error::file("giving away", path, source)),
        }
    }

    /// A note for messages: empty, or as whom something was tried.
    pub(crate) fn note(&self) -> String {
        match self {
            Self::Own => String::new(),
            Self::Other { name, .. } => format!(" as user `{name}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_user_is_found_by_its_whole_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\npostgresql:x:7:8::/:\npostgres:x:101:104::/:\n";
        let found = Account::Other {
            name: "postgres".to_owned(),
            user: 101,
            group: 104,
        };
        assert_eq!(Account::listed(passwd, "postgres"), Some(found));
        assert_eq!(Account::listed(passwd, "nobody"), None);
    }
}
