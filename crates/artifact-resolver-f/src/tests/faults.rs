//! A port that errs or panics at any call ends the resolution there: nothing is attested, and
//! nothing is asked after it.

use std::cell::Cell;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::fixture::{Case, TREE};
use super::memory::{Memory, Node};
use crate::contract::artifact_attestation;
use crate::error::ResolveError;
use crate::port::{
    AdmissionReader, ArtifactFile, ArtifactSource, FileStamp, FoundRow, PortError, Progress,
    Resolved, SourceError, TreeEntry,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Errs,
    Panics,
}

/// Which call of all ports together fails, counted from 1; with 0 none. Progress cannot err.
#[derive(Clone)]
struct Plan {
    fails_at: usize,
    fault: Fault,
    called: Rc<Cell<usize>>,
}

impl Plan {
    fn at(fails_at: usize, fault: Fault) -> Self {
        Self {
            fails_at,
            fault,
            called: Rc::default(),
        }
    }

    /// Whether this is the call that errs.
    fn call(&self) -> bool {
        self.called.set(self.called.get() + 1);
        let fails = self.called.get() == self.fails_at;
        assert!(!fails || self.fault == Fault::Errs, "the port broke down");
        fails
    }
}

fn gone() -> io::Error {
    io::Error::other("the disk is gone")
}

fn unreadable(path: &str) -> SourceError {
    SourceError::Unreadable {
        path: path.to_owned(),
        source: gone(),
    }
}

/// A port of which one call fails.
struct Faulty<P> {
    inner: P,
    plan: Plan,
}

impl<P: AdmissionReader> AdmissionReader for Faulty<P> {
    fn admissions(&mut self, admission_ref: &str) -> Result<Vec<FoundRow>, PortError> {
        if self.plan.call() {
            return Err(PortError::new("read admissions", "gone"));
        }
        self.inner.admissions(admission_ref)
    }
}

impl ArtifactSource for Faulty<Memory> {
    fn resolve(&mut self, path: &str) -> Result<Resolved, SourceError> {
        if self.plan.call() {
            return Err(unreadable(path));
        }
        self.inner.resolve(path)
    }

    fn open(
        &mut self,
        canonical_path: &str,
        origin: &str,
    ) -> Result<Box<dyn ArtifactFile + '_>, SourceError> {
        if self.plan.call() {
            return Err(unreadable(canonical_path));
        }
        let inner = self.inner.open(canonical_path, origin)?;
        let plan = self.plan.clone();
        Ok(Box::new(Faulty { inner, plan }))
    }

    fn list(
        &mut self,
        canonical_path: &str,
        origin: &str,
        limit: usize,
    ) -> Result<Vec<TreeEntry>, SourceError> {
        if self.plan.call() {
            return Err(unreadable(canonical_path));
        }
        self.inner.list(canonical_path, origin, limit)
    }
}

impl Read for Faulty<Box<dyn ArtifactFile + '_>> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.plan.call() {
            return Err(gone());
        }
        self.inner.read(buffer)
    }
}

impl ArtifactFile for Faulty<Box<dyn ArtifactFile + '_>> {
    fn stamp(&self) -> Result<FileStamp, SourceError> {
        if self.plan.call() {
            return Err(unreadable("the open file"));
        }
        self.inner.stamp()
    }
}

impl Progress for Faulty<()> {
    fn advanced(&mut self, _bytes: u64, _total: u64) {
        if self.plan.fault == Fault::Panics {
            self.plan.call();
        }
    }
}

fn resolve(case: &Case, plan: &Plan) -> Result<Vec<u8>, ResolveError> {
    let plan = || plan.clone();
    let inner = case.admissions();
    let mut admissions = Faulty {
        inner,
        plan: plan(),
    };
    let inner = case.files.clone();
    let mut source = Faulty {
        inner,
        plan: plan(),
    };
    let mut progress = Faulty {
        inner: (),
        plan: plan(),
    };
    case.resolve_by(&mut admissions, &mut source, &mut progress)
}

/// One admitted file and one admitted tree.
fn cases() -> [Case; 2] {
    let files = Memory::default()
        .with(TREE, Node::Directory)
        .file(&format!("{TREE}/a.sh"), "echo a\n")
        .file(&format!("{TREE}/b.sh"), "echo b\n");
    [Case::file(), Case::tree(files)]
}

/// How many calls a resolution that attests makes.
fn calls(case: &Case, fault: Fault) -> usize {
    let plan = Plan::at(0, fault);
    let bytes = resolve(case, &plan).unwrap();
    let attestation = artifact_attestation().open(&bytes).unwrap();
    assert!(attestation.trusted_attested.is_some() && attestation.refusals.is_empty());
    assert!(plan.called.get() > 6, "{}", plan.called.get());
    plan.called.get()
}

#[test]
fn a_port_that_errs_at_any_call_attests_nothing() {
    for case in cases() {
        for place in 1..=calls(&case, Fault::Errs) {
            let plan = Plan::at(place, Fault::Errs);
            let error = resolve(&case, &plan).unwrap_err();
            let expected = matches!(error, ResolveError::Port(_) | ResolveError::Measure(_));
            assert!(expected, "{place}: {error:?}");
            assert_eq!(plan.called.get(), place);
        }
    }
}

#[test]
fn a_port_that_panics_at_any_call_attests_nothing() {
    for case in cases() {
        for place in 1..=calls(&case, Fault::Panics) {
            let plan = Plan::at(place, Fault::Panics);
            let answered = catch_unwind(AssertUnwindSafe(|| resolve(&case, &plan)));
            assert!(answered.is_err(), "{place}");
            assert_eq!(plan.called.get(), place);
        }
    }
}
