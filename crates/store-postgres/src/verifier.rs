//! What the verifier reads, as a role that cannot write.

use std::sync::Arc;

use ::authority::port::RowStatus;
use ::verifier::port::{
    ActivationTrigger, CatalogueRow, CommittedReader, LedgerRow, PortError, VerifierRow,
};
use canonical::{Digest, GovernedRow, RowError, Timestamp};
use gate::port::{ObjectKind, SchemaObject};
use records::rows::StoredHead;

use crate::catalogue;
use crate::error::StoreError;
use crate::reads::{AllReads, Authority, Governed, VerifierAnswer, VerifierQuestion};
use crate::schema;

/// The verifier's credential; callers of one process share what they read at the same time.
#[derive(Clone, Debug)]
pub struct VerifierConnection {
    reads: Arc<AllReads>,
}

type Asked<T> = Result<T, Arc<StoreError>>;

/// The answer of the kind that its question has.
macro_rules! answered {
    ($reads:expr, $question:expr, $kind:ident) => {
        match $reads.verifier.ask($question)? {
            VerifierAnswer::$kind(answer) => Ok(answer),
            _ => Err(Arc::new(unexpected())),
        }
    };
}

impl VerifierConnection {
    pub(crate) const fn new(reads: Arc<AllReads>) -> Self {
        Self { reads }
    }

    fn heads(&self, question: VerifierQuestion) -> Asked<Vec<CatalogueRow>> {
        let heads: Asked<_> = answered!(self.reads, question, Heads);
        let heads = heads?.into_iter().map(shown);
        heads.collect::<Result<_, _>>().map_err(Arc::new)
    }

    fn key(&self, replay_key: &Digest) -> Asked<Option<LedgerRow>> {
        let key: Asked<_> = answered!(self.reads, VerifierQuestion::Key(*replay_key), Key);
        Ok(key?.map(|key| LedgerRow {
            replay_key: key.replay_key,
            attempt_id: key.attempt_id,
            transaction_id: key.transaction_id,
            effect_identity: key.effect_identity,
            target: key.target,
        }))
    }

    fn decision_bytes(&self, replay_key: &Digest) -> Asked<Option<Vec<u8>>> {
        let question = VerifierQuestion::Decision(*replay_key);
        let found: Asked<_> = answered!(self.reads, question, Decision);
        Ok(found?.map(Arc::unwrap_or_clone))
    }

    fn rows(&self, question: Authority) -> Asked<Governed> {
        answered!(self.reads, VerifierQuestion::Authority(question), Authority)
    }

    fn verifiers(&self, verifier_ref: &str) -> Asked<Vec<VerifierRow>> {
        let question = Authority::new("verifier", &["verifier_ref"], &[verifier_ref]);
        let rows = self.rows(question)?;
        let verifier = |(row, status): &(GovernedRow, RowStatus)| {
            let specific_target = row.optional_text("specific_target");
            let specific_target = specific_target.map_err(|source| damaged(row, source))?;
            Ok(VerifierRow {
                row_key: row.key().to_owned(),
                issued_at: issued_at(row)?,
                written_by: self.principal_of(text(row, "written_by")?)?,
                specific_target: specific_target.map(str::to_owned),
                active: *status == RowStatus::Active,
            })
        };
        rows.iter().map(verifier).collect()
    }

    /// The principal that a credential is bound to; the credential where nobody bound it.
    fn principal_of(&self, credential: String) -> Asked<String> {
        let Some((channel, value)) = credential.split_once(':') else {
            return Ok(credential);
        };
        let columns = &["channel", "value"];
        let rows = self.rows(Authority::new(
            "principal_binding",
            columns,
            &[channel, value],
        ))?;
        let mut active = rows
            .iter()
            .filter(|(_, status)| *status == RowStatus::Active);
        match (active.next(), active.next()) {
            (Some((row, _)), None) => text(row, "principal"),
            _ => Ok(credential),
        }
    }

    /// The names of a code's configuration entries that are in force and not closed.
    fn open_entries(&self, dot_code: &str) -> Asked<Vec<String>> {
        let rows = self.rows(Authority::new("dot_config", &["dot_code"], &[dot_code]))?;
        let mut open = Vec::new();
        for (row, status) in rows.iter() {
            if *status == RowStatus::Active && text(row, "value")? != "closed" {
                open.push(text(row, "name")?);
            }
        }
        Ok(open)
    }

    fn triggers(&self) -> Asked<Vec<ActivationTrigger>> {
        let expected = schema::expected().map_err(Arc::new)?;
        let objects: Asked<_> = answered!(self.reads, VerifierQuestion::Triggers, Triggers);
        let objects = objects?;
        let foreign = objects
            .iter()
            .filter(|object| object.kind == ObjectKind::Trigger && !expected.contains(object));
        Ok(foreign.map(judge).collect())
    }
}

fn issued_at(row: &GovernedRow) -> Asked<Timestamp> {
    let issued_at = row.timestamp("issued_at");
    issued_at.map_err(|source| damaged(row, source))
}

fn text(row: &GovernedRow, column: &str) -> Asked<String> {
    let text = row.text(column).map_err(|source| damaged(row, source))?;
    Ok(text.to_owned())
}

fn damaged(row: &GovernedRow, source: RowError) -> Arc<StoreError> {
    Arc::new(catalogue::damaged(row.carrier(), row.key(), source))
}

fn unexpected() -> StoreError {
    StoreError::Unstorable {
        what: "read what was committed",
        reason: "a question got the answer to another".to_owned(),
    }
}

/// Whether a trigger that this program did not make can fire on a draft.
///
/// It is shown not to where its whole condition is that the new status is `active`; every other
/// condition counts as firing, because nothing here understands it. The server writes the condition
/// out itself, and names an operator that is not its own in full.
fn judge(trigger: &SchemaObject) -> ActivationTrigger {
    const ONLY_ACTIVE: &str =
        " FOR EACH ROW WHEN ((new.status = 'active'::text)) EXECUTE FUNCTION ";
    ActivationTrigger {
        name: trigger.name.clone(),
        fires_on_draft: !trigger.sql.contains(ONLY_ACTIVE),
        evidence: format!("trigger text {}", trigger.sql_hash),
    }
}

impl CommittedReader for VerifierConnection {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        let now: Asked<_> = (|| answered!(self.reads, VerifierQuestion::Clock, Clock))();
        now.map_err(failed("read the store's clock"))
    }

    fn current_heads(&mut self, dot_code: &str) -> Result<Vec<CatalogueRow>, PortError> {
        self.heads(VerifierQuestion::Current(dot_code.to_owned()))
            .map_err(failed("read the current heads"))
    }

    fn row_by_key(&mut self, row_key: &str) -> Result<Option<CatalogueRow>, PortError> {
        self.heads(VerifierQuestion::Head(row_key.to_owned()))
            .map(|mut heads| heads.pop())
            .map_err(failed("read a catalogue row"))
    }

    fn ledger_row(&mut self, replay_key: &Digest) -> Result<Option<LedgerRow>, PortError> {
        self.key(replay_key).map_err(failed("read the ledger"))
    }

    fn decision(&mut self, replay_key: &Digest) -> Result<Option<Vec<u8>>, PortError> {
        self.decision_bytes(replay_key)
            .map_err(failed("read the decision"))
    }

    fn open_config(&mut self, dot_code: &str) -> Result<Vec<String>, PortError> {
        self.open_entries(dot_code)
            .map_err(failed("read the target's configuration"))
    }

    fn verifier(&mut self, verifier_ref: &str) -> Result<Vec<VerifierRow>, PortError> {
        self.verifiers(verifier_ref)
            .map_err(failed("read the verifiers"))
    }

    fn activation_triggers(&mut self) -> Result<Vec<ActivationTrigger>, PortError> {
        self.triggers()
            .map_err(failed("read the catalogue's triggers"))
    }
}

fn shown(head: StoredHead) -> Result<CatalogueRow, StoreError> {
    Ok(CatalogueRow {
        row_hash: catalogue::hashed(&head)?,
        columns: head.columns(),
        row_key: head.head.row_key,
        status: head.status,
    })
}

fn failed(what: &'static str) -> impl Fn(Arc<StoreError>) -> PortError {
    move |error| PortError::new(format!("cannot {what}"), error)
}
