//! Admissions: the artifact is measured here and now, through block F's own eyes.

use std::path::{Path, PathBuf};

use artifact_resolver_f::port::Progress;
use artifact_source::LocalFiles;
use authority::{ArtifactType, AuthorityFile, FILE_MAX_BYTES, Imported, Measured, import as bring};
use deployment::Authority;

use super::{Session, identifier, refused};
use crate::args::{AdmitArgs, ImportArgs};
use crate::failure::Failure;
use crate::input;
use crate::progress::HashBar;

pub(super) fn admit(session: &mut Session<'_>, args: &AdmitArgs) -> Result<(), Failure> {
    let dot_code = identifier("DOT code", &args.dot_code)?;
    let measured = measure(&args.path, args.origin.as_deref(), &mut HashBar::new())?;
    session.write("admit the artifact", |draft| {
        draft.admit(&dot_code, &measured)
    })?;
    if !session.json {
        session
            .out
            .line(format!("  path  {}", &*measured.canonical_path));
        session
            .out
            .line(format!("  hash  {}", measured.artifact_hash));
    }
    Ok(())
}

/// Measures an artifact inside its origin (by default its own folder).
pub(crate) fn measure(
    path: &Path,
    origin: Option<&Path>,
    progress: &mut impl Progress,
) -> Result<Measured, Failure> {
    let tried = format!("measure the artifact `{}`", path.display());
    let unusable = |path: &Path, error: &std::io::Error| {
        Failure::usage(&tried)
            .code("SOURCE_NOT_DEPLOYED")
            .cause(format!("`{}`: {error}", path.display()))
            .next("name a file or folder that is there")
    };
    let path = path
        .canonicalize()
        .map_err(|error| unusable(path, &error))?;
    let origin: PathBuf = match origin {
        Some(origin) => origin
            .canonicalize()
            .map_err(|error| unusable(origin, &error))?,
        None => path.parent().unwrap_or(&path).to_owned(),
    };
    let (Some(path), Some(origin)) = (path.to_str(), origin.to_str()) else {
        return Err(Failure::usage(tried).cause("its path is not UTF-8"));
    };
    let found = artifact_resolver_f::measure(&mut LocalFiles, progress, path, origin)
        .map_err(|error| Failure::usage(&tried).because(&error))?;
    let unfit = |error: canonical::ScalarError| Failure::usage(&tried).because(&error);
    Ok(Measured {
        canonical_path: found.canonical_path.as_str().try_into().map_err(unfit)?,
        origin: origin.try_into().map_err(unfit)?,
        artifact_type: match found.artifact_type {
            artifact_resolver_f::ArtifactType::File => ArtifactType::File,
            artifact_resolver_f::ArtifactType::Tree => ArtifactType::Tree,
        },
        artifact_hash: found.artifact_hash,
        canonicalization_version: found.canonicalization_version.parse().map_err(unfit)?,
    })
}

pub(super) fn import(session: &mut Session<'_>, args: &ImportArgs) -> Result<(), Failure> {
    let bytes = input::read(&args.file, FILE_MAX_BYTES)?;
    let base = args.file.parent().unwrap_or(Path::new("")).to_owned();
    let is_json = args
        .file
        .extension()
        .is_some_and(|extension| extension == "json");
    let imported = import_file(&mut session.writer, &bytes, is_json, &base)?;
    let (written, unchanged) = (imported.written, imported.unchanged);
    if session.json {
        session
            .out
            .line(serde_json::json!({ "written": written, "unchanged": unchanged }));
    } else {
        session.out.line(format!(
            "{written} rows written, {unchanged} said so already"
        ));
    }
    Ok(())
}

/// Imports an authority file; paths in it are relative to `base`.
pub(crate) fn import_file(
    writer: &mut Authority,
    bytes: &[u8],
    is_json: bool,
    base: &Path,
) -> Result<Imported, Failure> {
    let tried = "import the authority file";
    let content =
        std::str::from_utf8(bytes).map_err(|error| Failure::usage(tried).because(&error))?;
    let file = if is_json || content.trim_start().starts_with('{') {
        AuthorityFile::from_json(content)
    } else {
        AuthorityFile::from_toml(content)
    }
    .map_err(|error| refused(tried, &error))?;
    let mut bar = HashBar::new();
    bring(writer, &file, &mut |path| {
        measure(&base.join(path), None, &mut bar).map_err(|failure| failure.to_string().into())
    })
    .map_err(|error| refused(tried, &error))
}
