//! A store in memory.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use canonical::{Identifier, Timestamp, Uuid, hash, row, tags, write};
use observer::{BatchReader, InsertAnswer, ReportRow, SinkError, SnapshotRow, SnapshotSink};
use serde_json::json;
use snapshot_provider::port::{
    FoundRow, PortError, RowStatus, SurfaceContent, SurfaceKind, SurfaceQuery, SurfaceReader,
};

/// What was stored and how often the store was entered, shared with whoever looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store(pub(crate) Arc<Mutex<Shelves>>);

#[derive(Debug, Default)]
pub(crate) struct Shelves {
    pub(crate) snapshots: BTreeMap<(Uuid, &'static str), Vec<u8>>,
    pub(crate) reports: BTreeMap<Uuid, (Vec<u8>, Vec<u8>)>,
    pub(crate) log: Vec<&'static str>,
    pub(crate) reads_fail: bool,
    pub(crate) writes_fail: bool,
}

pub(crate) fn now() -> Timestamp {
    "2026-06-21T09:00:01.000000Z".parse().unwrap()
}

impl SurfaceReader for Store {
    fn store_clock(&mut self) -> Result<Timestamp, PortError> {
        Ok(now())
    }

    fn manifests(&mut self) -> Result<Vec<FoundRow>, PortError> {
        Ok(vec![manifest()])
    }

    fn surface(&mut self, query: &SurfaceQuery<'_>) -> Result<SurfaceContent, PortError> {
        Ok(match query.kind {
            SurfaceKind::State => SurfaceContent::Rows(Vec::new()),
            SurfaceKind::AppendOnly | SurfaceKind::Catalogue => SurfaceContent::WriteSet {
                provenance: "writer_ordinal",
                rows: Vec::new(),
            },
            SurfaceKind::File => SurfaceContent::Unknown,
        })
    }

    fn issuer_is_governed(&mut self, _: &str) -> Result<bool, PortError> {
        Ok(true)
    }
}

impl BatchReader for Store {
    fn begin(&mut self) -> Result<(), PortError> {
        let mut shelves = self.0.lock().unwrap();
        if shelves.reads_fail {
            return Err(PortError::new("anything", "the disk is gone"));
        }
        shelves.log.push("begin");
        Ok(())
    }

    fn end(&mut self) -> Result<(), PortError> {
        self.0.lock().unwrap().log.push("end");
        Ok(())
    }
}

impl SnapshotSink for Store {
    fn insert(
        &mut self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, SinkError> {
        let mut shelves = self.0.lock().unwrap();
        if shelves.writes_fail {
            return Err(SinkError::new("snapshots", "the disk is full"));
        }
        shelves.log.push("insert");
        let mut answers = Vec::new();
        for row in snapshots {
            let key = (row.attempt_id, row.phase);
            answers.push(insert_once(&mut shelves.snapshots, key, row.bytes.clone()));
        }
        for row in reports {
            let kept = (row.report.clone(), row.verdict_after.clone());
            answers.push(insert_once(&mut shelves.reports, row.attempt_id, kept));
        }
        Ok(answers)
    }
}

fn insert_once<K: Ord, V: PartialEq>(shelf: &mut BTreeMap<K, V>, key: K, value: V) -> InsertAnswer {
    match shelf.get(&key) {
        Some(stored) if *stored == value => InsertAnswer::AlreadyInserted,
        Some(_) => InsertAnswer::Different,
        None => {
            shelf.insert(key, value);
            InsertAnswer::Inserted
        }
    }
}

fn manifest() -> FoundRow {
    let surfaces = json!([
        {"name": "config", "kind": "state", "carrier": "dot_config"},
        {"name": "holds", "kind": "state", "carrier": "hold_event"},
        {"name": "ledger", "kind": "append_only", "carrier": "ledger"},
        {"name": "catalogue", "kind": "catalogue", "carrier": "dot_catalogue"},
    ]);
    let mut columns = json!({
        "manifest_id": "manifest/default",
        "manifest_version": "1",
        "issuer": "principal/olga",
        "canonicalization_version": "jcs-rows/v1",
        "surfaces": surfaces,
    });
    columns["manifest_hash"] = json!(hash(tags::MANIFEST, &columns).unwrap());
    columns["surfaces"] = json!(String::from_utf8(write(&surfaces).unwrap()).unwrap());
    let columns = columns.as_object().unwrap().clone();
    let carrier: Identifier = "manifest".parse().unwrap();
    let key = "manifest/default".to_owned();
    let stored = row::row_hash(&carrier, &key, &columns).unwrap();
    FoundRow {
        row: canonical::GovernedRow::reread(carrier, key, columns, stored).unwrap(),
        status: RowStatus::Active,
    }
}
