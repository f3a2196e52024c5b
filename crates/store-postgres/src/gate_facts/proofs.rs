//! The carriers, proven from the catalogs as they are now, on the reader's own connections.

use canonical::GovernedRow;
use carrier_prover::{
    CLOSING, Catalog, CatalogSource, Declarations, Heading, OPENING, Prover, ProverError,
    SourceError, Use, seal,
};
use deadpool_postgres::Client;
use gate::port::{ProvenCarriers, ReportHeading, UnaccountedTrigger, UndeclaredWriter};

use crate::catalogs;
use crate::connection::Session;
use crate::error::StoreError;

const WHAT: &str = "prove the carriers";

/// Why nothing could be said about the carriers.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProofError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Prover(#[from] ProverError),
}

/// The store's own carriers with the triggers that were accepted on them, and further ones.
///
/// An accepted trigger is declared by its name here; that its body is the accepted one is what the
/// gate's comparison of the schema says.
pub(super) fn declared(
    database: &str,
    accepted: &[GovernedRow],
    further: &Declarations,
) -> Result<Declarations, ProofError> {
    let mut declared = catalogs::own_carriers(database)?;
    for row in accepted {
        let (Ok(table), Ok(trigger)) = (row.text("table_name"), row.text("trigger_name")) else {
            continue;
        };
        let relation = format!("holdfast.{table}");
        let own = declared.0.iter_mut();
        for declaration in own.filter(|declaration| declaration.relation == relation) {
            let triggers = declaration.triggers.get_or_insert_default();
            triggers.insert(trigger.to_owned());
        }
    }
    declared.0.extend(further.0.iter().cloned());
    Ok(declared)
}

/// Proves what is declared, in one read-only transaction.
pub(super) fn prove(
    session: &Session,
    declared: &Declarations,
    heading: &ReportHeading,
) -> Result<ProvenCarriers, ProofError> {
    let mut pooled = Pooled::begin(session)?;
    let prover = Prover::new(&mut pooled);
    pooled.end();
    sealed(&prover?, declared, heading)
}

/// Judges what was read, and seals it under the gate's heading.
pub(super) fn sealed(
    prover: &Prover,
    declared: &Declarations,
    heading: &ReportHeading,
) -> Result<ProvenCarriers, ProofError> {
    let report = prover.prove(declared)?;
    let mut unaccounted: Vec<UnaccountedTrigger> = Vec::new();
    let mut undeclared: Vec<UndeclaredWriter> = Vec::new();
    for proof in &report.carriers {
        let relation = proof.relation.as_ref().unwrap_or(&proof.carrier);
        unaccounted.extend(proof.unaccounted.iter().map(|name| UnaccountedTrigger {
            relation: relation.clone(),
            name: name.clone(),
        }));
        undeclared.extend(proof.dual_writers.iter().map(|line| UndeclaredWriter {
            relation: relation.clone(),
            is_catalogue: proof.used_as == Use::HeadStore,
            line: line.clone(),
        }));
    }
    unaccounted.sort_unstable();
    unaccounted.dedup();
    let heading = Heading {
        trust_domain: heading.trust_domain.clone(),
        audience: heading.audience.clone(),
        run_id: heading.run_id.clone(),
        issued_at: heading.issued_at,
        expires_at: heading.expires_at,
    };
    Ok(ProvenCarriers {
        report: seal(&report, &heading)?,
        unaccounted,
        undeclared,
    })
}

/// One of the reader's connections, in the transaction of a proof.
struct Pooled<'a> {
    session: &'a Session,
    client: Client,
}

impl<'a> Pooled<'a> {
    fn begin(session: &'a Session) -> Result<Self, StoreError> {
        let client = session.take(WHAT)?;
        let begun = session.wait(WHAT, batch(session, &client, OPENING));
        match begun {
            Ok(()) => Ok(Self { session, client }),
            Err(error) => {
                Session::discard(client);
                Err(error)
            }
        }
    }

    /// Gives the connection back, unless its transaction does not end.
    fn end(self) {
        let ended = batch(self.session, &self.client, CLOSING);
        if self.session.wait(WHAT, ended).is_err() {
            Session::discard(self.client);
        }
    }
}

async fn batch(session: &Session, client: &Client, statement: &str) -> Result<(), StoreError> {
    let done = client.batch_execute(statement).await;
    done.map_err(|error| session.failed(WHAT, error))
}

impl CatalogSource for Pooled<'_> {
    fn read(&mut self, catalog: Catalog, row: &mut dyn FnMut(&str)) -> Result<(), SourceError> {
        // Refused is an answer of the server's; only silence is a failure of the session.
        let read = async { Ok(catalogs::read(&self.client, catalog, row).await) };
        let answered = self.session.wait(WHAT, read);
        answered.unwrap_or_else(|error| {
            Err(SourceError {
                catalog: catalog.name(),
                reason: error.to_string(),
            })
        })
    }
}
