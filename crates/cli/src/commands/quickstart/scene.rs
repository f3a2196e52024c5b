//! The folder of a quickstart: store, artifacts, authority file and requests.

use std::path::{Path, PathBuf};

use authority::{BindingEntry, Channel, Draft};
use canonical::Digest;
use deployment::{AnyRecords, Credentials, StoreAddress};

use crate::commands::authority::{identifier, import_file, measure, refused};
use crate::commands::request::{self, Proposal};
use crate::failure::Failure;
use crate::print::{DIM, Out, paint};
use crate::progress::HashBar;
use crate::wiring::{self, Place};

const AUTHORITY: &str = include_str!("../../../../../examples/authority.toml");
const FILES: [(&str, &str, bool); 4] = [
    ("authority.toml", AUTHORITY, false),
    (
        "dots/daily-report.sh",
        include_str!("../../../../../examples/dots/daily-report.sh"),
        true,
    ),
    (
        "dots/digest/digest.sh",
        include_str!("../../../../../examples/dots/digest/digest.sh"),
        true,
    ),
    (
        "dots/digest/sources.txt",
        include_str!("../../../../../examples/dots/digest/sources.txt"),
        false,
    ),
];

/// How long the quickstart's requests are valid.
const VALID_FOR_MS: u64 = 15 * 60 * 1000;

/// A quickstart's folder with its store.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) dir: PathBuf,
    pub(crate) place: Place,
}

impl Scene {
    /// Makes the folder, the example files and the store; refuses a folder that holds anything.
    pub(crate) fn make(dir: &Path, out: &mut Out) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::usage(format!("make the folder `{}`", dir.display())).because(&error)
        };
        std::fs::create_dir_all(dir).map_err(failed)?;
        if std::fs::read_dir(dir).map_err(failed)?.next().is_some() {
            return Err(
                Failure::usage(format!("start in the folder `{}`", dir.display()))
                    .cause("it is not empty")
                    .next("name a new folder with --dir, or remove this one"),
            );
        }
        let dir = dir.canonicalize().map_err(failed)?;
        for (name, content, executable) in FILES {
            put(&dir.join(name), content, executable)?;
        }
        let path = dir.join("holdfast.db");
        let address = StoreAddress::Sqlite(path.clone());
        store_sqlite::Store::create(&path)
            .map_err(|error| wiring::unusable(&address, &error.into()))?;
        let place = wiring::at(address, Credentials::new(&dir))?;
        out.line(format!("   store      {}", path.display()));
        out.line(format!("   artifacts  {}", dir.join("dots").display()));
        Ok(Self { dir, place })
    }

    /// Imports the authority file and binds whoever is at the keyboard to Alice.
    pub(crate) fn write_authority(&self, out: &mut Out) -> Result<(), Failure> {
        let mut writer = self.place.authority()?;
        let imported = import_file(&mut writer, AUTHORITY.as_bytes(), false, &self.dir)?;
        let uid = deployment::caller_uid().to_string();
        let tried = "bind this user to principal/alice";
        let failed = |error: authority::AuthorityError| refused(tried, &error);
        let mut draft = Draft::begin(&mut writer).map_err(failed)?;
        draft
            .add_binding(&BindingEntry {
                channel: Channel::OsUid,
                value: uid
                    .parse()
                    .map_err(|error| Failure::internal(tried).because(&error))?,
                principal: identifier("principal", "principal/alice")?,
            })
            .map_err(failed)?;
        draft.commit().map_err(failed)?;
        out.line(format!(
            "   {} rows written, and this user (uid {uid}) is bound to principal/alice",
            imported.written
        ));
        out.line(paint(
            DIM,
            "   This demo's policy row accepts `single-principal` assurance: one operating-system user is\n   \
             every role here. Nothing but such a row can accept that, and every decision states it.",
        ));
        Ok(())
    }

    /// Makes a request for an artifact as it is now, and keeps it in the folder.
    pub(crate) fn request(
        &self,
        dot_code: &str,
        artifact: &str,
        file: &str,
    ) -> Result<Vec<u8>, Failure> {
        let measured = measure(&self.dir.join(artifact), None, &mut HashBar::new())?;
        let admission = self.admission(dot_code)?;
        let request = request::seal(&Proposal {
            dot_code,
            operation: "register_dot",
            artifact_path: &measured.canonical_path,
            artifact_type: measured.artifact_type.name(),
            artifact_hash: measured.artifact_hash,
            admission_ref: &admission,
            actor: "alice",
            run_id: "quickstart-1",
            attempt_no: 1,
            valid_for_ms: VALID_FOR_MS,
            now: deployment::edge::now(),
        })?;
        request::write(&self.dir.join(file), &request)?;
        Ok(request)
    }

    /// The key of the admission of a DOT.
    fn admission(&self, dot_code: &str) -> Result<String, Failure> {
        use authority::AuthorityWriter;
        let tried = format!("find the admission of {dot_code}");
        let rows = self
            .place
            .authority()?
            .rows("admission")
            .map_err(|error| Failure::unavailable(&tried).because(&error))?;
        rows.iter()
            .find(|one| one.row.text("dot_code").is_ok_and(|code| code == dot_code))
            .map(|one| one.row.key().to_owned())
            .ok_or_else(|| Failure::internal(tried).cause("it was not imported"))
    }

    /// A read side.
    pub(crate) fn reader(&self) -> Result<AnyRecords, Failure> {
        self.place.records()
    }

    /// The digest of what stands in a file now.
    pub(crate) fn hash(&self, artifact: &str) -> Result<Digest, Failure> {
        Ok(measure(&self.dir.join(artifact), None, &mut HashBar::new())?.artifact_hash)
    }
}

/// Writes one file with its folders.
pub(crate) fn put(path: &Path, content: &str, executable: bool) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |error: std::io::Error| {
        Failure::usage(format!("write `{}`", path.display())).because(&error)
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, content).map_err(failed)?;
    if executable {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, mode).map_err(failed)?;
    }
    Ok(())
}
