//! Where server binaries are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::Error;
use crate::account::Account;
use crate::tools::bare;

/// The variable that names the directory of fetched versions. Without it: `target/postgres`.
pub const CACHE: &str = "HOLDFAST_POSTGRES_CACHE";

const BIN: &str = "HOLDFAST_POSTGRES_BIN";
const VERSIONS: &str = "HOLDFAST_POSTGRES_VERSIONS";
/// Where distributions keep one directory per major version.
const PACKAGES: &str = "/usr/lib/postgresql";
/// For root in a checkout that nobody else can reach.
const SYSTEM_CACHE: &str = "/var/cache/holdfast-postgres";

/// A directory with the binaries of one server version.
#[derive(Debug, Clone)]
pub struct Binaries {
    directory: PathBuf,
    major: u16,
    version: String,
}

impl Binaries {
    /// The first directory that has a server of this major version, or of any.
    ///
    /// Looks, in this order, at `HOLDFAST_POSTGRES_BIN`, the colon list
    /// `HOLDFAST_POSTGRES_VERSIONS`, what `pg_config --bindir` says, the `PATH`,
    /// `/usr/lib/postgresql/*/bin`, and what `cargo xtask postgres fetch` fetched. A server that
    /// the user it must run as cannot start counts as missing; the error says so for each.
    pub fn find(major: Option<u16>) -> Result<Self, Error> {
        let account = Account::for_servers()?;
        if let Some(directory) = env::var_os(BIN).map(PathBuf::from) {
            // What was named and is wrong must not be passed over in silence.
            Self::of(&directory, &account)
                .map_err(|lack| not_found(major, &[(directory, lack)]))?;
        }
        let mut looked = Vec::new();
        for directory in candidates() {
            let found = match Self::of(&directory, &account) {
                Ok(found) if major.is_none_or(|wanted| wanted == found.major) => return Ok(found),
                Ok(found) => found.version,
                Err(lack) => lack,
            };
            looked.push((directory, found));
        }
        Err(not_found(major, &looked))
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The major version, as in `16`.
    pub const fn major(&self) -> u16 {
        self.major
    }

    /// The whole version as the server prints it, as in `16.4`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The path of a program beside the server.
    pub fn program(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.directory.join(name);
        if path.is_file() {
            return Ok(path);
        }
        Err(Error::MissingProgram {
            program: name.to_owned(),
            directory: self.directory.clone(),
        })
    }

    /// The libraries that a bundle brings along, for its programs only.
    pub(crate) fn libraries(&self) -> Option<PathBuf> {
        libraries(&self.directory)
    }

    fn of(directory: &Path, account: &Account) -> Result<Self, String> {
        for program in ["postgres", "initdb"] {
            if !directory.join(program).is_file() {
                return Err(format!("no `{program}`"));
            }
        }
        let mut command = bare(&directory.join("postgres"), account);
        if let Some(libraries) = libraries(directory) {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let output = command
            .arg("--version")
            .output()
            .map_err(|error| format!("`postgres` cannot be run{}: {error}", account.note()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(format!(
                "`postgres --version` failed{}: {said}",
                account.note()
            ));
        }
        let line = String::from_utf8_lossy(&output.stdout);
        let (version, major) = versions(&line)
            .ok_or_else(|| format!("`postgres --version` says `{}`", line.trim()))?;
        Ok(Self {
            directory: directory.to_owned(),
            major,
            version,
        })
    }
}

fn not_found(major: Option<u16>, looked: &[(PathBuf, String)]) -> Error {
    let lines = looked
        .iter()
        .map(|(directory, found)| format!("\n  {}: {found}", directory.display()));
    Error::NotFound {
        wanted: match major {
            Some(major) => format!("{major} server"),
            None => "server of any version".to_owned(),
        },
        looked: lines.collect::<Vec<_>>().concat(),
    }
}

/// Where fetched versions lie, one directory `MAJOR/bin` each.
///
/// `HOLDFAST_POSTGRES_CACHE`, or else `postgres` in the target directory. Root uses
/// `/var/cache/holdfast-postgres` when the user that servers run as cannot reach the latter.
pub fn cache_directory() -> PathBuf {
    if let Some(named) = env::var_os(CACHE) {
        return named.into();
    }
    let root = workspace_root();
    let target = env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let target = root.join(target);
    let is_reachable = match Account::for_servers() {
        Ok(account) => can_enter(&account, &target),
        Err(_) => true,
    };
    if is_reachable {
        target.join("postgres")
    } else {
        SYSTEM_CACHE.into()
    }
}

/// Whether the user gets to a directory, or to where it will be made.
fn can_enter(account: &Account, directory: &Path) -> bool {
    if *account == Account::Own {
        return true;
    }
    let mut ancestors = directory.ancestors();
    let Some(directory) = ancestors.find(|one| one.is_dir()) else {
        return false;
    };
    let mut command = bare(Path::new("test"), account);
    command.arg("-x").arg(directory).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn workspace_root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

// What was named for this purpose comes before what happens to be installed.
fn candidates() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = env::var_os(BIN).map(PathBuf::from).into_iter().collect();
    all.extend(listed(VERSIONS));
    all.extend(configured());
    let has_server = |directory: &PathBuf| directory.join("postgres").is_file();
    all.extend(listed("PATH").into_iter().filter(has_server));
    all.extend(versions_under(Path::new(PACKAGES)));
    all.extend(versions_under(&cache_directory()));
    let mut seen = BTreeSet::new();
    all.retain(|directory| seen.insert(directory.clone()));
    all
}

fn listed(variable: &str) -> Vec<PathBuf> {
    env::var_os(variable).map_or_else(Vec::new, |list| env::split_paths(&list).collect())
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    let directory = line.trim();
    (output.status.success() && !directory.is_empty()).then(|| directory.into())
}

/// `MAJOR/bin` for every major version in a directory, the newest first.
fn versions_under(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut majors: Vec<u16> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    majors.sort_unstable_by(|one, other| other.cmp(one));
    let bins = majors
        .into_iter()
        .map(|major| directory.join(major.to_string()).join("bin"));
    bins.collect()
}

/// Version and major version out of `postgres (PostgreSQL) 15.14 (Debian …)`.
fn versions(line: &str) -> Option<(String, u16)> {
    let (_, rest) = line.split_once("(PostgreSQL) ")?;
    let version = rest.split_whitespace().next()?;
    let digits = version.find(|letter: char| !letter.is_ascii_digit());
    let major = version.get(..digits.unwrap_or(version.len()))?;
    Some((version.to_owned(), major.parse().ok()?))
}

fn libraries(directory: &Path) -> Option<PathBuf> {
    let beside = directory.parent()?.join("lib");
    let is_bundle = !directory.starts_with("/usr") && beside.join("libpq.so.5").exists();
    is_bundle.then_some(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_line_of_every_packager_is_read() {
        let read = |line| versions(line).unwrap();
        let debian = "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n";
        assert_eq!(read(debian), ("15.14".to_owned(), 15));
        assert_eq!(
            read("postgres (PostgreSQL) 19beta1\n"),
            ("19beta1".to_owned(), 19)
        );
        assert_eq!(versions("postgres 15.14"), None);
    }

    #[test]
    fn the_newest_version_comes_first() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["9", "18", "16", "not-a-version"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let found = versions_under(directory.path());
        let expected = ["18/bin", "16/bin", "9/bin"].map(|one| directory.path().join(one));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_version_that_is_nowhere_is_named_with_every_place_that_was_looked_at() {
        let error = Binaries::find(Some(3)).unwrap_err().to_string();
        assert!(error.contains("no PostgreSQL 3 server found"), "{error}");
        let found = Binaries::find(None).unwrap();
        let place = format!("{}: {}", found.directory().display(), found.version());
        assert!(error.contains(&place), "{error}");
    }

    #[test]
    fn a_program_that_only_the_whole_package_has_is_missed_by_its_name() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("initdb"), "").unwrap();
        let bundle = Binaries {
            directory: directory.path().to_owned(),
            major: 18,
            version: "18.4".to_owned(),
        };
        assert!(bundle.program("initdb").is_ok());
        let error = bundle.program("pg_basebackup").unwrap_err().to_string();
        assert!(error.starts_with("`pg_basebackup` is not in `/"), "{error}");
        assert!(error.contains("the full package"), "{error}");
    }
}
