//! What the verifier reads, as a role that cannot write.

use ::authority::lifecycle::FoundRow;
use ::verifier::port::{
    ActivationTrigger, CatalogueRow, CommittedReader, LedgerRow, PortError, VerifierRow,
};
use canonical::{Digest, Timestamp};
use deadpool_postgres::Client;
use gate::port::{ObjectKind, SchemaObject};
use records::rows::StoredHead;
use registrar::port::CATALOGUE;

use crate::carriers::{self, Parameters};
use crate::catalogue;
use crate::clock;
use crate::connection::Session;
use crate::error::StoreError;
use crate::schema;
use crate::sql::Sql;

/// The verifier's credential.
#[derive(Clone, Debug)]
pub struct VerifierConnection {
    session: Session,
}

/// A key's row in the ledger or among the decisions, found through the index on short keys.
const OF_KEY: &str = "w.attempt_id = (SELECT a.attempt_id FROM holdfast.attempt AS a \
     WHERE substr(a.ledger_key, 7, 8) = substr($1::bytea, 1, 8) AND substr(a.ledger_key, 7) = $1)";

impl VerifierConnection {
    pub(crate) const fn new(session: Session) -> Self {
        Self { session }
    }

    fn heads(
        &self,
        condition: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<CatalogueRow>, StoreError> {
        let heads = self.session.try_run("read the catalogue", async |client| {
            catalogue::heads(&self.session, client, condition, parameters).await
        });
        heads?.into_iter().map(shown).collect()
    }

    fn ledger(&self, replay_key: &Digest) -> Result<Option<LedgerRow>, StoreError> {
        let key = Sql(*replay_key);
        let mut keys = self.session.try_run("read the ledger", async |client| {
            catalogue::consumed_keys(&self.session, client, OF_KEY, &[&key]).await
        })?;
        Ok(keys.pop().map(|key| LedgerRow {
            replay_key: key.replay_key,
            attempt_id: key.attempt_id,
            transaction_id: key.transaction_id,
            effect_identity: key.effect_identity,
            target: key.target,
        }))
    }

    fn decision_bytes(&self, replay_key: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.session.run("read a decision", async |client| {
            let text = format!("SELECT w.bytes FROM holdfast.decision AS w WHERE {OF_KEY}");
            let statement = client.prepare_cached(&text).await?;
            let found = client.query_opt(&statement, &[&Sql(*replay_key)]).await?;
            found.map(|row| row.try_get(0)).transpose()
        })
    }

    fn verifiers(&self, verifier_ref: &str) -> Result<Vec<VerifierRow>, StoreError> {
        let carrier = carriers::known("verifier")?;
        let condition = "r.verifier_ref = $1";
        carriers::find(&self.session, carrier, condition, &[&verifier_ref])?
            .into_iter()
            .map(|row| {
                let (active, issued_at) = (row.is_active(), row.issued_at);
                let row = carriers::governed(row)?;
                let text = |name| row.optional_text(name).ok().flatten().map(str::to_owned);
                let written_by = text("written_by").unwrap_or_default();
                Ok(VerifierRow {
                    row_key: row.key().to_owned(),
                    issued_at,
                    written_by: self.principal_of(written_by)?,
                    specific_target: text("specific_target"),
                    active,
                })
            })
            .collect()
    }

    /// The principal that a credential is bound to; the credential where nobody bound it.
    fn principal_of(&self, credential: String) -> Result<String, StoreError> {
        let Some((channel, value)) = credential.split_once(':') else {
            return Ok(credential);
        };
        let carrier = carriers::known("principal_binding")?;
        let condition = "r.channel = $1 AND r.value = $2";
        let found = carriers::find(&self.session, carrier, condition, &[&channel, &value])?;
        let mut active = found.into_iter().filter(FoundRow::is_active);
        match (active.next(), active.next()) {
            (Some(row), None) => Ok(row.text("principal").to_owned()),
            _ => Ok(credential),
        }
    }

    /// The names of a code's configuration entries that are in force and not closed.
    fn open_entries(&self, dot_code: &str) -> Result<Vec<String>, StoreError> {
        let carrier = carriers::known("dot_config")?;
        let found = carriers::find(&self.session, carrier, "r.dot_code = $1", &[&dot_code])?;
        Ok(found
            .iter()
            .filter(|row| row.is_active() && row.text("value") != "closed")
            .map(|row| row.text("name").to_owned())
            .collect())
    }

    fn triggers(&self) -> Result<Vec<ActivationTrigger>, StoreError> {
        let expected = schema::expected()?;
        let objects = self
            .session
            .try_run("read the schema", async |client: &mut Client| {
                schema::objects(&self.session, client).await
            })?;
        let foreign = objects.iter().filter(|object| {
            object.kind == ObjectKind::Trigger
                && object.table == CATALOGUE
                && !expected.contains(object)
        });
        Ok(foreign.map(judge).collect())
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
        clock::now(&self.session).map_err(failed("read the store's clock"))
    }

    fn current_heads(&mut self, dot_code: &str) -> Result<Vec<CatalogueRow>, PortError> {
        self.heads(catalogue::CURRENT, &[&dot_code])
            .map_err(failed("read the current heads"))
    }

    fn row_by_key(&mut self, row_key: &str) -> Result<Option<CatalogueRow>, PortError> {
        self.heads("h.row_key = $1", &[&row_key])
            .map(|mut heads| heads.pop())
            .map_err(failed("read a catalogue row"))
    }

    fn ledger_row(&mut self, replay_key: &Digest) -> Result<Option<LedgerRow>, PortError> {
        self.ledger(replay_key).map_err(failed("read the ledger"))
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

fn failed(what: &'static str) -> impl Fn(StoreError) -> PortError {
    move |error| PortError::new(format!("cannot {what}"), error)
}
