//! Acts of the authority, by its own rules and through its own credential.

use authority::{
    ApprovalEntry, AuthorityError, AuthorityWriter, ConfigValue, Draft, HoldEntry, NewRow,
    PolicySettings, PrincipalEntry, RetirementEntry, RowStatus, StoredRow, VoteEntry, retire,
};
use canonical::Identifier;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Act;
use crate::kernel::Inner;
use crate::scene::{RECOVERY_HORIZON_MS, TARGETS, measured};
use crate::store::authority::{AuthorityHand, text};

/// Does what the rules allow; says whether it was done.
pub(super) fn decree(inner: &mut Inner, act: Act, dot_code: &str) -> bool {
    let now = inner.clock();
    let mut hand = AuthorityHand {
        store: &mut inner.store,
        now,
    };
    let hand = &mut hand;
    let done = match act {
        Act::Hold(_) => on_draft(hand, |draft| draft.hold(&hold(Some(dot_code))?)),
        Act::HoldAll => on_draft(hand, |draft| draft.hold(&hold(None)?)),
        Act::Release => release(hand),
        Act::RevokeOwner(_) => revoke(hand, "ownership", &[("object_ref", dot_code)]),
        Act::RevokeApproval(_) => revoke(hand, "approval", &approval_of(dot_code)),
        Act::RevokeAdmission(_) => revoke(hand, "admission", &[("dot_code", dot_code)]),
        Act::RejectApproval(_) => standing(hand, "approval", &approval_of(dot_code))
            .and_then(|row| vote(hand, row.row.key(), "reject")),
        Act::ChangeApproval(_) => change_approval(hand, dot_code),
        Act::NewArtifact(_) => admit_second(hand, dot_code),
        Act::Retire(_) => retire_head(hand, dot_code),
        Act::OpenConfig(_) => configure(hand, dot_code, ConfigValue::Open),
        Act::CloseConfig(_) => configure(hand, dot_code, ConfigValue::Closed),
        Act::ChangePolicy => change_policy(hand),
        Act::Bystander => bystander(hand),
        _ => return false,
    };
    done.is_ok()
}

type Done = Result<(), AuthorityError>;
type Hand<'a, 'b> = &'a mut AuthorityHand<'b>;

fn on_draft<'b>(
    hand: Hand<'_, 'b>,
    make: impl FnOnce(&mut Draft<'_, AuthorityHand<'b>>) -> Result<String, AuthorityError>,
) -> Done {
    let mut draft = Draft::begin(hand)?;
    make(&mut draft)?;
    draft.commit().map(|_| ())
}

/// Releases whatever is held; fails where nothing is.
fn release(hand: Hand<'_, '_>) -> Done {
    let mut done = on_draft(hand, |draft| draft.release(&hold(None)?));
    for code in TARGETS {
        let released = on_draft(hand, |draft| draft.release(&hold(Some(code))?));
        done = done.or(released);
    }
    done
}

fn revoke(hand: Hand<'_, '_>, carrier: &str, named: &[(&str, &str)]) -> Done {
    let row = standing(hand, carrier, named)?;
    on_draft(hand, |draft| draft.revoke(carrier, row.row.key()))
}

fn vote(hand: Hand<'_, '_>, approval_ref: &str, decision: &str) -> Done {
    let entry: VoteEntry = entry(json!({
        "approval_ref": approval_ref, "voter": "principal/olga",
        "voter_channel": "token_subject:olga", "decision": decision,
    }))?;
    on_draft(hand, |draft| draft.add_vote(&entry))
}

/// Another approval of the same effect in the place of the one that stands, approved too.
fn change_approval(hand: Hand<'_, '_>, dot_code: &str) -> Done {
    let older = standing(hand, "approval", &approval_of(dot_code))?;
    let row_key = format!("{}-again", older.row.key());
    let mut columns = older.row.columns().clone();
    columns.remove("written_by");
    columns.insert("issued_at".to_owned(), json!(hand.now));
    columns.insert("supersedes".to_owned(), json!(older.row.key()));
    hand.insert(vec![NewRow {
        carrier: "approval".to_owned(),
        row_key: row_key.clone(),
        columns,
    }])?;
    vote(hand, &row_key, "approve")
}

fn admit_second(hand: Hand<'_, '_>, dot_code: &str) -> Done {
    let (code, measured) = (
        identifier(dot_code)?,
        measured(dot_code, 2).map_err(unreadable)?,
    );
    on_draft(hand, |draft| draft.admit(&code, &measured))?;
    let entry: ApprovalEntry = entry(json!({
        "operation": "register_dot", "object_type": "dot", "object_ref": dot_code,
        "proposer": "principal/alice", "valid_days": 30,
    }))?;
    on_draft(hand, |draft| draft.add_approval(&entry))?;
    let hash = measured.artifact_hash.to_string();
    let mut named = approval_of(dot_code).to_vec();
    named.push(("artifact_hash", &hash));
    let approval = standing(hand, "approval", &named)?;
    vote(hand, approval.row.key(), "approve")
}

fn retire_head(hand: Hand<'_, '_>, dot_code: &str) -> Done {
    let named = [("object_ref", dot_code), ("operation", "retire_dot")];
    let approval = standing(hand, "approval", &named)?;
    let entry = RetirementEntry {
        dot_code: identifier(dot_code)?,
        approval_ref: identifier(approval.row.key())?,
        reason: "replaced".parse().map_err(unreadable)?,
    };
    retire(hand, &entry)
}

fn configure(hand: Hand<'_, '_>, dot_code: &str, value: ConfigValue) -> Done {
    let (code, name) = (identifier(dot_code)?, identifier("runtime")?);
    on_draft(hand, |draft| draft.set_config(&code, &name, value))
}

fn change_policy(hand: Hand<'_, '_>) -> Done {
    let settings = PolicySettings {
        gate_report_validity_ms: 59_000,
        recovery_horizon_ms: RECOVERY_HORIZON_MS,
        assurance_accepted: entry(json!("single-principal"))?,
        ..PolicySettings::default()
    };
    on_draft(hand, |draft| draft.set_policy(&settings))
}

fn bystander(hand: Hand<'_, '_>) -> Done {
    let entry: PrincipalEntry = entry(json!({
        "principal": "principal/bystander", "kind": "human", "display_name": "Bystander",
    }))?;
    on_draft(hand, |draft| draft.add_principal(&entry))
}

/// The approval of a registration, by its columns.
fn approval_of(dot_code: &str) -> [(&str, &str); 2] {
    [("object_ref", dot_code), ("operation", "register_dot")]
}

/// The last row that stands with these values in its columns.
fn standing(
    hand: Hand<'_, '_>,
    carrier: &str,
    named: &[(&str, &str)],
) -> Result<StoredRow, AuthorityError> {
    let mut rows = hand.rows(carrier)?;
    rows.retain(|stored| {
        stored.status == RowStatus::Active
            && named
                .iter()
                .all(|(name, value)| text(&stored.row, name) == *value)
    });
    rows.pop().ok_or_else(|| AuthorityError::File {
        detail: format!("no row of `{carrier}` stands"),
    })
}

fn hold(dot_code: Option<&str>) -> Result<HoldEntry, AuthorityError> {
    entry(json!({"dot_code": dot_code, "reason": "looked at by hand"}))
}

fn identifier(name: &str) -> Result<Identifier, AuthorityError> {
    name.parse().map_err(unreadable)
}

fn entry<T: DeserializeOwned>(json: Value) -> Result<T, AuthorityError> {
    serde_json::from_value(json).map_err(unreadable)
}

fn unreadable(error: impl ToString) -> AuthorityError {
    AuthorityError::File {
        detail: error.to_string(),
    }
}
