//! The catalogs of a live database, read as the prover's port wants them read.

use std::collections::BTreeMap;

use carrier_prover::{CLOSING, Catalog, CatalogSource, OPENING, Prover, SourceError};
use postgres_lab::postgres::Client;
use serde::{Deserialize, Serialize};

/// What each catalog answered, row by row, or why it did not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Catalogs(pub(crate) BTreeMap<String, Result<Vec<String>, String>>);

impl Catalogs {
    /// Everything that the role of this session can read, once.
    pub(crate) fn read(mut session: Client) -> Self {
        session.batch_execute(OPENING).unwrap();
        let read = Catalog::ALL.map(|catalog| {
            let answer = answer(&mut session, catalog);
            (catalog.name().to_owned(), answer)
        });
        session.batch_execute(CLOSING).unwrap();
        Self(read.into())
    }

    pub(crate) fn prover(&self) -> Prover {
        Prover::new(&mut &*self).unwrap()
    }
}

fn answer(session: &mut Client, catalog: Catalog) -> Result<Vec<String>, String> {
    session.batch_execute("SAVEPOINT one").unwrap();
    match session.query(catalog.sql(), &[]) {
        Ok(rows) => Ok(rows.iter().map(|row| row.get(0)).collect()),
        Err(error) => {
            session.batch_execute("ROLLBACK TO SAVEPOINT one").unwrap();
            Err(error.to_string())
        }
    }
}

impl CatalogSource for &Catalogs {
    fn read(&mut self, catalog: Catalog, row: &mut dyn FnMut(&str)) -> Result<(), SourceError> {
        match self.0.get(catalog.name()).unwrap() {
            Ok(rows) => {
                for text in rows {
                    row(text);
                }
                Ok(())
            }
            Err(reason) => Err(SourceError {
                catalog: catalog.name(),
                reason: reason.clone(),
            }),
        }
    }
}
