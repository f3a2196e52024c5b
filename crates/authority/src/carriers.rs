//! The names of the authority carriers.

/// People, services and roles.
pub const PRINCIPAL: &str = "principal";
/// Aliases and credentials of principals.
pub const PRINCIPAL_BINDING: &str = "principal_binding";
/// Operations that may be asked for, at which risk.
pub const ACTION_TYPE: &str = "action_type";
/// Owners of record.
pub const OWNERSHIP: &str = "ownership";
/// Approvals, each bound to operation, target and artifact.
pub const APPROVAL: &str = "approval";
/// Who voted how on an approval.
pub const APPROVAL_VOTE: &str = "approval_vote";
/// Admitted artifacts.
pub const ADMISSION: &str = "admission";
/// Snapshot manifests.
pub const MANIFEST: &str = "manifest";
/// Postcondition verifiers.
pub const VERIFIER: &str = "verifier";
/// Policies.
pub const POLICY: &str = "policy";
/// Runtime configuration of targets.
pub const DOT_CONFIG: &str = "dot_config";
/// Holds and releases of targets.
pub const HOLD_EVENT: &str = "hold_event";
/// Retired heads.
pub const RETIREMENT: &str = "retirement";
/// Accepted triggers of the catalogue.
pub const TRIGGER_INVENTORY: &str = "trigger_inventory";

/// Every authority carrier.
pub const ALL: [&str; 14] = [
    PRINCIPAL,
    PRINCIPAL_BINDING,
    ACTION_TYPE,
    OWNERSHIP,
    APPROVAL,
    APPROVAL_VOTE,
    ADMISSION,
    MANIFEST,
    VERIFIER,
    POLICY,
    DOT_CONFIG,
    HOLD_EVENT,
    RETIREMENT,
    TRIGGER_INVENTORY,
];

/// The carriers whose rows may back an attestation, and the envelope type that they back.
pub const ATTESTED: [(&str, &str); 9] = [
    (PRINCIPAL, "owner-attestation"),
    (PRINCIPAL_BINDING, "owner-attestation"),
    (ACTION_TYPE, "owner-attestation"),
    (OWNERSHIP, "owner-attestation"),
    (APPROVAL, "owner-attestation"),
    (APPROVAL_VOTE, "owner-attestation"),
    (VERIFIER, "owner-attestation"),
    (ADMISSION, "artifact-attestation"),
    (MANIFEST, "snapshot"),
];

/// The canonical name and the prefix of row keys of a carrier; `None` for any other name.
pub(crate) fn known(carrier: &str) -> Option<(&'static str, &'static str)> {
    let prefix = match carrier {
        PRINCIPAL => "prin",
        PRINCIPAL_BINDING => "bind",
        ACTION_TYPE => "act",
        OWNERSHIP => "own",
        APPROVAL => "apr",
        APPROVAL_VOTE => "vote",
        ADMISSION => "adm",
        MANIFEST => "man",
        VERIFIER => "ver",
        POLICY => "pol",
        DOT_CONFIG => "cfg",
        HOLD_EVENT => "hold",
        RETIREMENT => "ret",
        TRIGGER_INVENTORY => "trg",
        _ => return None,
    };
    let name = ALL.into_iter().find(|name| *name == carrier)?;
    Some((name, prefix))
}
