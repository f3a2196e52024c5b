//! One handle for each role on a store of any kind, as the pipeline takes them.

use artifact_resolver_f::port::AdmissionReader;
use batching::BatchOptions;
use deployment::Store;
use gate::port::GateStore;
use owner_resolver::port::AuthorityReader;
use registrar::port::{FailureSink, RegistrarStore};
use store_sqlite::GroupOptions;
use verifier::port::CommittedReader;

use crate::fixture::must;

/// Block A's authority rows.
pub type Owners = Box<dyn AuthorityReader + Send>;
/// Block F's admission rows.
pub type Admissions = Box<dyn AdmissionReader + Send>;
/// The registrar's attempts, ledger and catalogue.
pub type Attempts = Box<dyn RegistrarStore + Send>;
/// The audit writer's sink.
pub type Sink = Box<dyn FailureSink + Send>;
/// The verifier's connection.
pub type Committed = Box<dyn CommittedReader + Send>;
/// What the gate reads.
pub type Gate = Box<dyn GateStore + Send>;

/// Block A's credential.
pub fn owners(store: &Store) -> Owners {
    match store {
        Store::Sqlite(store) => Box::new(must(store.reader())),
        Store::Postgres(store) => Box::new(must(store.owners())),
    }
}

/// Block F's credential.
pub fn admissions(store: &Store) -> Admissions {
    match store {
        Store::Sqlite(store) => Box::new(must(store.reader())),
        Store::Postgres(store) => Box::new(must(store.admissions())),
    }
}

/// The registrar's credential, with a writing side of its own.
pub fn attempts(store: &Store) -> Attempts {
    match store {
        Store::Sqlite(store) => {
            let writer = must(store.group_writer(GroupOptions::default()));
            Box::new(must(store.registrar(&writer)))
        }
        Store::Postgres(store) => {
            let writer = must(store.registrar_writer(BatchOptions::default()));
            Box::new(must(store.registrar(&writer)))
        }
    }
}

/// The audit writer's credential.
pub fn sink(store: &Store) -> Sink {
    match store {
        Store::Sqlite(store) => Box::new(must(store.audit_writer())),
        Store::Postgres(store) => Box::new(must(store.audit_writer())),
    }
}

/// The verifier's credential.
pub fn committed(store: &Store) -> Committed {
    match store {
        Store::Sqlite(store) => Box::new(must(store.verifier())),
        Store::Postgres(store) => Box::new(must(store.verifier())),
    }
}

/// What the gate reads, where the observer is a process of its own or not.
pub fn gate(store: &Store, observer_is_another_process: bool) -> Gate {
    let is_other = observer_is_another_process;
    match store {
        Store::Sqlite(store) => Box::new(must(store_sqlite::GateFacts::new(store, is_other, None))),
        Store::Postgres(store) => {
            Box::new(must(store_postgres::GateFacts::new(store, is_other, None)))
        }
    }
}
