//! Verification reports, read back.

use canonical::Uuid;
use pipeline::{ObserverFault, Reports};
use store_sqlite::Reader;

/// Reads the reports that the observer stored.
#[derive(Debug)]
pub struct StoredReports {
    reader: Reader,
}

impl StoredReports {
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader }
    }
}

impl Reports for StoredReports {
    fn report(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, ObserverFault> {
        let found = self.reader.report(attempt_id);
        let found = found.map_err(|error| ObserverFault::new("read a report back", error))?;
        Ok(found.map(|view| view.report))
    }
}
