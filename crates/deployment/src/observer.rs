//! This process as the observer, on a store of either kind.

use std::io::{BufRead, Write};

use ::observer::{
    BatchReader, Handler, InsertAnswer, ProcessFacts, ReportRow, SinkError, SnapshotRow,
    SnapshotSink,
};
use canonical::Identifier;
use embedded::{EmbeddedError, Keeping, edge};

use crate::error::DeploymentError;
use crate::store::Store;

/// Runs this process as the observer until its input ends.
pub fn serve(
    store: &Store,
    keeping: Keeping,
    input: impl BufRead + Send,
    output: impl Write,
) -> Result<(), DeploymentError> {
    let facts = ::observer::own_facts().map_err(EmbeddedError::from)?;
    match store {
        Store::Sqlite(store) => Ok(embedded::serve(store, keeping, input, output)?),
        Store::Postgres(store) => {
            let reader = store.observer_reader()?;
            let principal: Identifier = store.observer_principal().parse()?;
            let at = (&facts, principal);
            match keeping {
                Keeping::Stored => run(reader, store.snapshot_writer()?, at, input, output),
                Keeping::Nothing => {
                    // Until the input ends.
                    let _presence = store.observer_presence()?;
                    run(reader, Forgetting, at, input, output)
                }
            }
        }
    }
}

fn run(
    reader: impl BatchReader,
    sink: impl SnapshotSink,
    (facts, principal): (&ProcessFacts, Identifier),
    input: impl BufRead + Send,
    output: impl Write,
) -> Result<(), DeploymentError> {
    let handler = Handler::new(reader, sink, facts, edge::now)?;
    let mut handler = handler.with_principal(principal);
    ::observer::serve(input, output, &mut handler).map_err(EmbeddedError::from)?;
    Ok(())
}

/// The sink of a plan: it keeps nothing.
struct Forgetting;

impl SnapshotSink for Forgetting {
    fn insert(
        &mut self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, SinkError> {
        let count = snapshots.len().saturating_add(reports.len());
        Ok(vec![InsertAnswer::Inserted; count])
    }
}
