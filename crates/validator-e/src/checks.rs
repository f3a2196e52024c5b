//! The checks, one file for each class, in precedence order.

#![expect(
    clippy::unnecessary_wraps,
    reason = "all checks have the one signature of the table, also those that are always reached"
)]

use crate::table::Check;

mod artifact;
mod authority;
mod decision;
mod freshness;
mod header;
mod identity;
mod manifest;
mod opening;
mod provenance;
mod replay;
mod snapshot;

/// The classes in precedence order.
pub(crate) const CLASSES: [&[Check]; 11] = [
    opening::CHECKS,
    header::CHECKS,
    freshness::CHECKS,
    provenance::CHECKS,
    decision::CHECKS,
    identity::CHECKS,
    replay::CHECKS,
    authority::CHECKS,
    artifact::CHECKS,
    snapshot::CHECKS,
    manifest::CHECKS,
];
