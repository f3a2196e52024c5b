//! Manifests: what is protected, governed, whole, and the same before and after.

use crate::case::{Case, Kind, Sight};
use crate::checks::snapshot::adds_rows;
use crate::contract::{ManifestIdentity, RejectCode as Code, SurfaceCapture, SurfaceSpec};
use crate::finding::{Finding, Judged};
use crate::steps;
use crate::table::Check;

mod hashes;

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "manifest.issuer",
        "the manifest rests on a governed manifest row",
        &[Code::ManifestUnauthorizedIssuer],
        issuer,
    ),
    Check::new(
        "manifest.surfaces",
        "the captures hold exactly the manifest's surfaces, once each",
        &[
            Code::ManifestAggregateMembershipMismatch,
            Code::ManifestUnknownSurface,
            Code::ManifestDuplicateSurface,
            Code::ManifestMixedCanonicalization,
        ],
        surfaces,
    )
    .taking(steps::surfaces),
    Check::new(
        "manifest.same",
        "the manifest is the same before and after",
        &[Code::ManifestSubstitution, Code::ManifestShrink],
        same,
    )
    .taking(steps::manifests)
    .after_write(),
];

/// The carrier of manifests.
const MANIFEST: &str = "manifest";

/// Only an authority-written row issues a manifest; without one it is whoever's list.
fn issuer(case: &Case<'_>) -> Judged {
    case.before()?;
    let mut finding = Finding::default();
    for (kind, sight) in [(Kind::Before, case.before()), (Kind::After, case.after())] {
        let Ok(Sight {
            header, manifest, ..
        }) = sight
        else {
            continue;
        };
        let named = !header.source_refs.is_empty();
        // No row at all is a missing source, which is refused as that.
        if named && case.rows_of(kind, &[MANIFEST]).next().is_none() {
            finding.refuse(Code::ManifestUnauthorizedIssuer);
            finding.show("issuer", Some(&manifest.issuer), None);
        }
    }
    Ok(finding)
}

fn surfaces(case: &Case<'_>) -> Judged {
    case.before()?;
    let mut finding = Finding::default();
    for sight in case.sights() {
        let (specs, captures) = (&*sight.manifest.surfaces, &*sight.capture.surfaces);
        finding.require(
            is_whole(specs, captures, sight),
            Code::ManifestAggregateMembershipMismatch,
        );
        hashes::compare(sight, &mut finding);
        for capture in captures {
            let mut listed = specs.iter();
            if !listed.any(|spec| spec.name == capture.surface && spec.kind == capture.kind) {
                finding.refuse(Code::ManifestUnknownSurface);
                finding.show("surface", Some(&capture.surface), None);
            }
            let (found, due) = (
                &capture.canonicalization_version,
                &sight.manifest.canonicalization_version,
            );
            if found != due {
                let code = Code::ManifestMixedCanonicalization;
                finding.refuse_values(code, &capture.surface, found, due);
            }
        }
        let listed_twice = repeats(specs, |one, other| one.name == other.name);
        let captured_twice = repeats(captures, |one, other| one.surface == other.surface);
        finding.require(
            !listed_twice && !captured_twice,
            Code::ManifestDuplicateSurface,
        );
    }
    Ok(finding)
}

/// Whether aggregate, captures and manifest name the same surfaces, each with what was seen of it.
fn is_whole(specs: &[SurfaceSpec], captures: &[SurfaceCapture], sight: Sight<'_>) -> bool {
    let members = &*sight.capture.aggregate.members;
    let seen = |capture: &SurfaceCapture| {
        // Rows added and content seen are two ways of capturing: a surface has the one of its kind.
        adds_rows(capture.kind) != capture.content_hash.is_some()
            && (adds_rows(capture.kind) || capture.write_set.is_none())
    };
    let is_there = |name: &str| captures.iter().any(|capture| capture.surface == name);
    captures
        .iter()
        .all(|capture| members.contains(&capture.surface) && seen(capture))
        && members.iter().all(|member| is_there(member))
        && !repeats(members, |one, other| one == other)
        && specs.iter().all(|spec| is_there(&spec.name))
}

fn repeats<T>(items: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    let mut places = items.iter().enumerate();
    places.any(|(place, item)| items.iter().take(place).any(|earlier| same(earlier, item)))
}

fn same(case: &Case<'_>) -> Judged {
    let (before, after) = (case.before()?.manifest, case.after()?.manifest);
    let mut finding = Finding::default();
    let dropped = before.surfaces.iter().any(|spec| {
        let mut kept = after.surfaces.iter();
        !kept.any(|other| other.name == spec.name)
    });
    if dropped {
        finding.refuse(Code::ManifestShrink);
    }
    // A smaller list has another hash of itself; beyond that, any difference is another manifest.
    let same = if dropped {
        identity(before) == identity(after)
    } else {
        before == after
    };
    if !same {
        let (left, right) = (&before.manifest_hash, &after.manifest_hash);
        finding.refuse_values(Code::ManifestSubstitution, "before / after", left, right);
    }
    Ok(finding)
}

fn identity(manifest: &ManifestIdentity) -> [&str; 4] {
    [
        &manifest.manifest_id,
        &manifest.manifest_version,
        &manifest.issuer,
        &manifest.canonicalization_version,
    ]
}
