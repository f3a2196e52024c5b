//! Whether a request names exactly one artifact, and exactly the admitted one.

use crate::admission::Admission;
use crate::contract::{RejectCode, RequestProposed};
use crate::error::ResolveError;
use crate::findings::Findings;
use crate::measure::{ArtifactType, MeasureError, within};
use crate::port::{ArtifactKind, ArtifactSource, Resolved, SourceError};

/// The words by which a request asks for more than one artifact.
const MANY: [&str; 7] = ["directory", "dir", "folder", "glob", "list", "scan", "bulk"];

/// Whether the request asks for more than one artifact by its scalars; nothing is read for it.
pub(crate) fn asks_for_many(proposed: &RequestProposed) -> Option<String> {
    let scalars = [
        ("dot_code", Some(proposed.dot_code.as_str())),
        ("admission_ref", proposed.admission_ref.as_deref()),
        ("artifact_hash", Some(proposed.artifact_hash.as_str())),
    ];
    for (name, scalar) in scalars {
        if let Some(scalar) = scalar
            && scalar.contains(|sign| is_pattern(sign) || is_separator(sign))
        {
            return Some(format!("`{name}` names more than one: `{scalar}`"));
        }
    }
    let artifact_type = proposed.artifact_type.to_ascii_lowercase();
    MANY.contains(&artifact_type.as_str())
        .then(|| format!("the artifact type `{artifact_type}` is more than one artifact"))
}

/// Whether a path that is not the admitted one is a pattern or a list.
fn is_many(path: &str) -> bool {
    path.contains(|sign| is_pattern(sign) || matches!(sign, ',' | ';' | '\n'))
        || path.contains(" /")
        || path.contains(":/")
}

fn is_pattern(sign: char) -> bool {
    matches!(sign, '*' | '?' | '[' | ']' | '{' | '}')
}

fn is_separator(sign: char) -> bool {
    matches!(sign, ',' | ';') || sign.is_whitespace()
}

/// The admitted artifact as it stands on disk, or the refusals that say why it is not this one.
pub(crate) fn find(
    source: &mut impl ArtifactSource,
    findings: &mut Findings,
    proposed: &RequestProposed,
    admission: &Admission,
) -> Result<Option<Resolved>, ResolveError> {
    let path = proposed.artifact_path.as_str();
    let spelled = path == admission.canonical_path;
    if !spelled && is_many(path) {
        let detail = format!("`{path}` is a pattern or a list");
        return refused(
            findings,
            RejectCode::MassRegistrationAttempted,
            &detail,
            admission,
        );
    }
    let resolved = match source.resolve(path) {
        Ok(resolved) => resolved,
        Err(SourceError::Missing { .. }) if !spelled => {
            let detail = format!("`{path}` is not what was admitted");
            return refused(
                findings,
                RejectCode::ArtifactNotAdmitted,
                &detail,
                admission,
            );
        }
        Err(error) => return unresolved(findings, error, admission),
    };
    if let Some((code, detail)) = elsewhere(path, &resolved, proposed, admission) {
        return refused(findings, code, &detail, admission);
    }
    Ok(Some(resolved))
}

/// Why what stands at the path is not the admitted artifact.
fn elsewhere(
    path: &str,
    resolved: &Resolved,
    proposed: &RequestProposed,
    admission: &Admission,
) -> Option<(RejectCode, String)> {
    let admitted = &admission.canonical_path;
    let here = resolved.canonical_path == *admitted;
    let spelled = path == admitted;
    if !here && !spelled && resolved.kind == ArtifactKind::Directory {
        let detail = format!("`{path}` is a directory that was not admitted");
        return Some((RejectCode::MassRegistrationAttempted, detail));
    }
    if !within(&resolved.canonical_path, &admission.origin) {
        let detail = format!("`{path}` lies outside the origin `{}`", admission.origin);
        return Some((RejectCode::OriginMismatch, detail));
    }
    match (here, spelled) {
        (true, true) => other_kind(resolved, proposed, admission),
        (false, false) => {
            let detail = format!("`{path}` is not what was admitted");
            Some((RejectCode::ArtifactNotAdmitted, detail))
        }
        (true, false) | (false, true) => {
            let detail = format!("`{path}` leads to `{}`", resolved.canonical_path);
            Some((RejectCode::PathNotCanonical, detail))
        }
    }
}

/// Why what stands at the admitted path, or what is asked for, is not of the admitted kind.
fn other_kind(
    resolved: &Resolved,
    proposed: &RequestProposed,
    admission: &Admission,
) -> Option<(RejectCode, String)> {
    let found = ArtifactType::of(resolved.kind);
    let admitted = admission.artifact_type.name();
    let asked = proposed.artifact_type == admitted;
    if found != Some(admission.artifact_type) {
        let shown = found.map_or("special file", ArtifactType::name);
        let detail = format!("a `{shown}` stands where a `{admitted}` was admitted");
        return if found == Some(ArtifactType::Tree) && !asked {
            Some((RejectCode::MassRegistrationAttempted, detail))
        } else {
            Some((RejectCode::ArtifactTypeMismatch, detail))
        };
    }
    if !asked {
        let detail = format!(
            "asked for a `{}`, admitted as `{admitted}`",
            proposed.artifact_type
        );
        return Some((RejectCode::ArtifactTypeMismatch, detail));
    }
    None
}

fn unresolved(
    findings: &mut Findings,
    error: SourceError,
    admission: &Admission,
) -> Result<Option<Resolved>, ResolveError> {
    let detail = error.to_string();
    let error = MeasureError::from(error);
    match error.code() {
        Some(code) => refused(findings, code, &detail, admission),
        None => Err(ResolveError::Measure(error)),
    }
}

fn refused(
    findings: &mut Findings,
    code: RejectCode,
    detail: &str,
    admission: &Admission,
) -> Result<Option<Resolved>, ResolveError> {
    findings.refuse(code, detail, Some(&admission.row))?;
    Ok(None)
}
