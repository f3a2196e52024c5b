//! The catalogs of a live database, read as the prover's port wants them read.

use carrier_prover::{CLOSING, Catalog, CatalogSource, OPENING, Prover, SourceError};
use postgres_lab::postgres::Client;

struct Live(Client);

impl CatalogSource for Live {
    fn read(&mut self, catalog: Catalog, row: &mut dyn FnMut(&str)) -> Result<(), SourceError> {
        self.0.batch_execute("SAVEPOINT one").unwrap();
        match self.0.query(catalog.sql(), &[]) {
            Ok(rows) => {
                for found in rows {
                    row(found.get(0));
                }
                Ok(())
            }
            Err(error) => {
                self.0.batch_execute("ROLLBACK TO SAVEPOINT one").unwrap();
                Err(SourceError {
                    catalog: catalog.name(),
                    reason: error.to_string(),
                })
            }
        }
    }
}

/// Everything that the role of this session can read, once.
pub(crate) fn prover(mut session: Client) -> Prover {
    session.batch_execute(OPENING).unwrap();
    let mut live = Live(session);
    let prover = Prover::new(&mut live).unwrap();
    live.0.batch_execute(CLOSING).unwrap();
    prover
}
