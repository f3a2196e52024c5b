//! Handles of any store: the ports in boxes.

use ::records::Records;
use artifact_resolver_f::port::AdmissionReader;
use artifact_source::LocalFiles;
use canonical::Uuid;
use embedded::{ProcessEdge, SharedObserver};
use gate::port::GateStore;
use owner_resolver::port::AuthorityReader;
use pipeline::{ObserverFault, Ports, Reports};
use registrar::port::{FailureSink, RegistrarStore};
use verifier::port::CommittedReader;

use crate::records::AnyRecords;

/// Block A's authority rows.
pub(crate) type Owners = Box<dyn AuthorityReader + Send>;
/// Block F's admission rows.
pub(crate) type Admissions = Box<dyn AdmissionReader + Send>;
/// The registrar's attempts, ledger and catalogue.
pub(crate) type Attempts = Box<dyn RegistrarStore + Send>;
/// The audit writer's sink.
pub(crate) type Sink = Box<dyn FailureSink + Send>;
/// The verifier's connection.
pub(crate) type Committed = Box<dyn CommittedReader + Send>;
/// What the gate reads.
pub(crate) type Gate = Box<dyn GateStore + Send>;

/// The handles of any store.
#[derive(Clone, Copy, Debug)]
pub struct AnyPorts;

impl Ports for AnyPorts {
    type Authority = Owners;
    type Admissions = Admissions;
    type Artifacts = LocalFiles;
    type Attempts = Attempts;
    type Sink = Sink;
    type Committed = Committed;
    type Gate = Gate;
    type Observer = SharedObserver;
    type Reports = StoredReports;
    type Edge = ProcessEdge;
}

/// Reads the verification reports that the observer stored.
#[derive(Debug)]
pub struct StoredReports {
    records: AnyRecords,
}

impl StoredReports {
    pub(crate) fn new(records: AnyRecords) -> Self {
        Self { records }
    }
}

impl Reports for StoredReports {
    fn report(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, ObserverFault> {
        let found = Records::report(&self.records, attempt_id);
        let found = found.map_err(|error| ObserverFault::new("read a report back", error))?;
        Ok(found.map(|view| view.report))
    }
}
