//! The admission: the governed row that lets one artifact in, for one target.

use canonical::{Digest, GovernedRow, RowError};

use crate::contract::RejectCode;
use crate::error::ResolveError;
use crate::findings::Findings;
use crate::measure::{ArtifactType, within};
use crate::port::{AdmissionReader, RowStatus};

/// The one hash algorithm that is accepted.
pub(crate) const HASH_ALGORITHM: &str = "sha256";

/// An admission, every member from its row.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    pub(crate) dot_code: String,
    pub(crate) canonical_path: String,
    pub(crate) origin: String,
    pub(crate) artifact_type: ArtifactType,
    pub(crate) artifact_hash: Digest,
    pub(crate) row: GovernedRow,
}

/// The active admission with a key, or the refusals that say why there is none that can be used.
pub(crate) fn read(
    admissions: &mut impl AdmissionReader,
    findings: &mut Findings,
    admission_ref: &str,
) -> Result<Option<Admission>, ResolveError> {
    let Some(row) = active(admissions, findings, admission_ref)? else {
        return Ok(None);
    };
    findings.rely(&row)?;
    let column = |name| text(&row, name);
    let algorithm = column("hash_algorithm")?;
    let canonicalization = column("canonicalization_version")?;
    let named = column("artifact_type")?;
    if algorithm != HASH_ALGORITHM {
        let detail = format!("the admission is hashed with `{algorithm}`");
        findings.refuse(RejectCode::HashAlgorithmUnsupported, &detail, Some(&row))?;
    }
    let Some(artifact_type) = ArtifactType::named(&named) else {
        let detail = format!("`{named}` is no type of artifact");
        findings.refuse(RejectCode::ArtifactTypeMismatch, &detail, Some(&row))?;
        return Ok(None);
    };
    if canonicalization != artifact_type.canonicalization_version() {
        let detail = format!("a {named} is not hashed by `{canonicalization}`");
        findings.refuse(RejectCode::HashAlgorithmUnsupported, &detail, Some(&row))?;
    }
    let (canonical_path, origin) = (column("canonical_path")?, column("origin")?);
    if !within(&canonical_path, &origin) {
        let detail = format!("`{canonical_path}` was admitted outside its origin `{origin}`");
        findings.refuse(RejectCode::OriginMismatch, &detail, Some(&row))?;
        return Ok(None);
    }
    // The hash is read only where the algorithm is one whose digests can be read.
    if algorithm != HASH_ALGORITHM {
        return Ok(None);
    }
    Ok(Some(Admission {
        dot_code: column("dot_code")?,
        canonical_path,
        origin,
        artifact_type,
        artifact_hash: row
            .digest("artifact_hash")
            .map_err(|source| unreadable(&row, source))?,
        row,
    }))
}

fn active(
    admissions: &mut impl AdmissionReader,
    findings: &mut Findings,
    admission_ref: &str,
) -> Result<Option<GovernedRow>, ResolveError> {
    let mut found = admissions.admissions(admission_ref)?;
    let inactive = found.iter().find(|one| one.status != RowStatus::Active);
    let inactive = inactive.map(|one| one.row.clone());
    found.retain(|one| one.status == RowStatus::Active);
    if found.len() > 1 {
        let detail = format!(
            "`{}` active admissions are called `{admission_ref}`",
            found.len()
        );
        findings.refuse(RejectCode::AmbiguousAuthority, &detail, None)?;
        return Ok(None);
    }
    let Some(one) = found.pop() else {
        let detail = match inactive {
            Some(_) => format!("the admission `{admission_ref}` is no longer active"),
            None => format!("no admission is called `{admission_ref}`"),
        };
        let code = RejectCode::ArtifactNotAdmitted;
        findings.refuse(code, &detail, inactive.as_ref())?;
        return Ok(None);
    };
    Ok(Some(one.row))
}

fn text(row: &GovernedRow, name: &str) -> Result<String, ResolveError> {
    let text = row.text(name).map_err(|source| unreadable(row, source))?;
    Ok(text.to_owned())
}

fn unreadable(row: &GovernedRow, source: RowError) -> ResolveError {
    ResolveError::Row {
        row_key: row.key().to_owned(),
        source,
    }
}
