//! Conditions 4 to 6 and the closed target: what a fresh connection rereads beside the row.

use canonical::Timestamp;
use envelope::Opened;

use crate::condition::Condition;
use crate::contract::{OwnerTrustedAttested, RegistrationDecision, RejectCode};
use crate::error::VerifyError;
use crate::head::{CATALOGUE, DRAFT, Head, written_hash};
use crate::port::{CommittedReader, VerifierRow};
use crate::verify::Input;

/// The channels by which a store recognises who writes, before it is known who that is.
const CREDENTIAL_CHANNELS: [&str; 3] = ["os_uid", "db_role", "token_subject"];

/// Condition 4: no activation trigger of the catalogue fires on a draft.
///
/// Shown from the trigger inventory; a condition that cannot be read counts as firing.
pub(crate) fn no_notify(reader: &mut impl CommittedReader) -> Result<Condition, VerifyError> {
    let mut condition = Condition::new(
        "verify.no_notify",
        "no activation notification fires on a draft",
    );
    for trigger in reader.activation_triggers()? {
        condition.shows(&trigger.name, Some("no"), Some(trigger.evidence));
        condition.requires(
            !trigger.fires_on_draft,
            RejectCode::DraftWriteEmittedActivationNotify,
        );
    }
    Ok(condition)
}

/// Whom the postcondition verifier has to be apart from.
pub(crate) struct Apart<'a> {
    /// When the attempt began.
    pub(crate) opened_at: Timestamp,
    /// The principal that registers.
    pub(crate) registrar: &'a str,
    /// Whether one principal is accepted in every role, and this attempt states it.
    pub(crate) one_principal: bool,
}

/// Condition 5: the postcondition verifier existed before the attempt and is governed apart from it.
///
/// Its row is older than the attempt, serves more than this target, is not the registrar, and was
/// written by neither caller nor registrar. Where one principal is accepted in every role, the
/// writer cannot be another and is only shown.
pub(crate) fn postcondition(
    reader: &mut impl CommittedReader,
    apart: &Apart<'_>,
    owner: &OwnerTrustedAttested,
) -> Result<Condition, VerifyError> {
    let mut condition = Condition::new(
        "verify.postcondition_verifier",
        "the postcondition verifier is older than the attempt and governed independently",
    );
    let verifier_ref = &*owner.postcondition_verifier_ref;
    let rows = reader.verifier(verifier_ref)?;
    let active: Vec<&VerifierRow> = rows.iter().filter(|row| row.active).collect();
    condition.shows(
        "verifier / active rows",
        Some(verifier_ref),
        Some(active.len()),
    );
    let holds = match active.as_slice() {
        [row] => independent(&mut condition, row, apart, &owner.actor_principal),
        _ => false,
    };
    condition.requires(
        holds && verifier_ref != apart.registrar,
        RejectCode::PostconditionVerifierUnresolved,
    );
    Ok(condition)
}

fn independent(
    condition: &mut Condition,
    row: &VerifierRow,
    apart: &Apart<'_>,
    caller: &str,
) -> bool {
    let (opened, registrar) = (apart.opened_at, apart.registrar);
    condition.shows(
        "row issued / attempt opened",
        Some(row.issued_at),
        Some(opened),
    );
    condition.shows(
        "made for one target",
        row.specific_target.clone(),
        None::<&str>,
    );
    condition.shows("written by / caller", Some(&row.written_by), Some(caller));
    condition.shows(
        "written by / registrar",
        Some(&row.written_by),
        Some(registrar),
    );
    let comparable = ![&*row.written_by, registrar, caller]
        .into_iter()
        .any(is_credential);
    let another = comparable && row.written_by != caller && row.written_by != registrar;
    row.issued_at < opened && row.specific_target.is_none() && (another || apart.one_principal)
}

/// Whether this names a credential and not the principal behind it.
///
/// Two credentials, or a credential and a principal, differ even where they are one and the same
/// somebody: that they differ shows nothing.
fn is_credential(name: &str) -> bool {
    let channel = name.split_once(':').map(|(channel, _)| channel);
    channel.is_some_and(|channel| CREDENTIAL_CHANNELS.contains(&channel))
}

/// Condition 6: what was reported, what is stored and what is reread are one and the same.
pub(crate) fn write_readback(
    reader: &mut impl CommittedReader,
    input: &Input<'_>,
    decision: &Opened<RegistrationDecision>,
    head: &Head,
    target: &str,
) -> Result<Condition, VerifyError> {
    const CODE: RejectCode = RejectCode::WriteReadbackMismatch;
    let mut condition = Condition::new(
        "verify.write_readback",
        "the reported write, the reread and the intended row agree",
    );
    let consume = decision.consume.as_ref();
    let replay_key = decision.replay_key;
    let (stored, ledger) = match &replay_key {
        Some(key) => (reader.decision(key)?, reader.ledger_row(key)?),
        None => (None, None),
    };
    condition.requires(stored.as_deref() == Some(input.reported_decision), CODE);
    let ledger = ledger.as_ref();
    let attempt = Some(input.attempt.attempt_id);
    condition.same(
        "key / ledger",
        replay_key,
        ledger.map(|row| row.replay_key),
        CODE,
    );
    condition.same(
        "key / consume proof",
        replay_key,
        consume.map(|it| it.replay_key),
        CODE,
    );
    condition.same(
        "attempt / ledger",
        attempt,
        ledger.map(|row| row.attempt_id),
        CODE,
    );
    condition.same(
        "attempt / consume proof",
        attempt,
        consume.map(|it| it.attempt_id),
        CODE,
    );
    condition.same(
        "attempt / decision",
        attempt,
        decision.header.attempt_id,
        CODE,
    );
    condition.same(
        "transaction",
        consume.map(|it| it.transaction_id.to_string()),
        ledger.map(|row| row.transaction_id.clone()),
        CODE,
    );
    condition.same(
        "effect",
        decision.effect_identity,
        ledger.map(|row| row.effect_identity),
        CODE,
    );
    condition.same(
        "target / ledger",
        Some(target),
        ledger.map(|row| row.target.clone()),
        CODE,
    );
    row_agrees(&mut condition, decision, head)?;
    Ok(condition)
}

/// The row's own part of condition 6: its hash, and the key and attempt that it names.
fn row_agrees(
    condition: &mut Condition,
    decision: &RegistrationDecision,
    head: &Head,
) -> Result<(), VerifyError> {
    const CODE: RejectCode = RejectCode::WriteReadbackMismatch;
    let stated = decision.head.as_ref();
    let row = head.row.as_ref();
    let written = row.map(written_hash).transpose()?;
    condition.same("row hash", stated.map(|it| it.row_hash), written, CODE);
    let place = stated.is_some_and(|it| it.carrier == CATALOGUE && it.status == DRAFT);
    condition.requires(place, CODE);
    let column = |name: &str| row.and_then(|row| row.columns.get(name)?.as_str());
    condition.same("row's key", decision.replay_key, column("replay_key"), CODE);
    condition.same(
        "row's attempt",
        decision.header.attempt_id,
        column("attempt_id"),
        CODE,
    );
    Ok(())
}

/// Beside the six: the target's runtime configuration is closed.
pub(crate) fn config_closed(
    reader: &mut impl CommittedReader,
    dot_code: &str,
) -> Result<Condition, VerifyError> {
    let mut condition = Condition::new(
        "verify.config_closed",
        "the target's runtime configuration is closed",
    );
    for name in reader.open_config(dot_code)? {
        condition.shows(&name, Some("closed"), Some("open"));
        condition.requires(false, RejectCode::TargetConfigNotClosed);
    }
    Ok(condition)
}
