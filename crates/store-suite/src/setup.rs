//! A store with a policy in force, and the acts that most cases begin with.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use authority::port::{AuthorityWriter as _, NewRow};
use canonical::{Digest, GovernedRow, Timestamp, Uuid};
use gate::port::GateStore as _;
use registrar::port::{
    ConsumeAnswer, ConsumeItem, ExpectedRow, LossReason, RegistrarStore as _, RereadRow,
    Reservation, ReserveAnswer, RowRef, StoredAttempt,
};
use serde_json::{Value, json};

use crate::StoreUnderTest;
use crate::history::{HistoryReader as _, RecordedHead};
use crate::material::{self, POLICY, approval, expected, new_row, ownership};

/// What one case stands on.
pub(crate) struct Setup<'s, S: StoreUnderTest> {
    pub(crate) store: &'s S,
    registrar: Mutex<S::Registrar>,
    authority: Mutex<S::Authority>,
    admitted: Mutex<BTreeSet<String>>,
    fingerprint: Digest,
    now: Timestamp,
}

impl<'s, S: StoreUnderTest> Setup<'s, S> {
    pub(crate) fn new(store: &'s S) -> Self {
        let mut registrar = store.registrar();
        let now = registrar.clock().unwrap();
        let setup = Self {
            store,
            registrar: Mutex::new(registrar),
            authority: Mutex::new(store.authority()),
            admitted: Mutex::default(),
            fingerprint: store.gate().schema_fingerprint().unwrap(),
            now,
        };
        let policy = json!({"policy_id": "policy/default", "body": POLICY});
        setup.insert("policy", "policy/1", policy);
        setup
    }

    /// An hour after the case began, by the store's clock.
    pub(crate) fn later(&self) -> Timestamp {
        self.now.checked_add_millis(3_600_000).unwrap()
    }

    /// The registrar that the setup keeps; held only as long as one statement.
    pub(crate) fn registrar(&self) -> MutexGuard<'_, S::Registrar> {
        self.registrar.lock().unwrap()
    }

    /// The authority writer that the setup keeps; held only as long as one statement.
    pub(crate) fn authority(&self) -> MutexGuard<'_, S::Authority> {
        self.authority.lock().unwrap()
    }

    pub(crate) fn insert(&self, carrier: &str, row_key: &str, columns: Value) -> GovernedRow {
        self.insert_all(vec![new_row(carrier, row_key, columns)])
            .remove(0)
    }

    pub(crate) fn insert_all(&self, rows: Vec<NewRow>) -> Vec<GovernedRow> {
        let admissions = rows.iter().filter(|row| row.carrier == "admission");
        let codes = admissions.filter_map(|row| row.columns["dot_code"].as_str());
        let codes = codes.map(str::to_owned);
        self.admitted.lock().unwrap().extend(codes);
        self.authority().insert(rows).unwrap()
    }

    /// Ownership and approval of a code, as the envelopes of an attempt would name them.
    pub(crate) fn authorise(&self, dot_code: &str) -> Vec<ExpectedRow> {
        let rows = vec![
            new_row("ownership", &format!("own/{dot_code}"), ownership(dot_code)),
            new_row("approval", &format!("app/{dot_code}"), approval(dot_code)),
        ];
        self.insert_all(rows).iter().map(expected).collect()
    }

    /// How many rows of a carrier there are.
    pub(crate) fn count(&self, carrier: &str) -> usize {
        self.authority().rows(carrier).unwrap().len()
    }

    /// Admits an artifact for a code, once: what was never admitted can be registered by no store.
    fn admit(&self, dot_code: &str) {
        // Held until the row is there, so that nobody goes on without it.
        let mut authority = self.authority();
        if self.admitted.lock().unwrap().insert(dot_code.to_owned()) {
            let columns = material::admission(dot_code);
            let row = new_row("admission", &format!("adm/{dot_code}"), columns);
            authority.insert(vec![row]).unwrap();
        }
    }

    /// A fresh attempt to register a code.
    pub(crate) fn reservation(&self, dot_code: &str) -> Reservation {
        self.admit(dot_code);
        material::reservation(dot_code, self.later())
    }

    /// Fresh attempts on one code, their nonces of one time and otherwise different.
    pub(crate) fn minted_at_once(&self, dot_code: &str, count: u8) -> Vec<Reservation> {
        self.admit(dot_code);
        let at = uuid::Uuid::now_v7().into_bytes();
        let minted = (0..count).map(|number| {
            let mut one = at;
            one[15] = number;
            let one = uuid::Uuid::from_bytes(one);
            material::minted(one, dot_code, self.later())
        });
        minted.collect()
    }

    /// A fresh attempt on the same code that is after another effect.
    pub(crate) fn other_effect(&self, dot_code: &str) -> Reservation {
        let mut other = self.reservation(dot_code);
        other.effect_identity = material::digest(&other.nonce);
        other
    }

    pub(crate) fn reserve(&self, reservation: &Reservation) -> ReserveAnswer {
        let answers = self.registrar().reserve(vec![reservation.clone()]).unwrap();
        only(answers)
    }

    /// Reserves, and says so when it could not.
    pub(crate) fn open(&self, reservation: &Reservation) -> Timestamp {
        match self.reserve(reservation) {
            ReserveAnswer::Reserved { opened_at } => opened_at,
            answer => panic!("not reserved: {answer:?}"),
        }
    }

    /// An item for a reserved attempt, its gate and authority heads as they are now.
    pub(crate) fn item(&self, reservation: &Reservation) -> ConsumeItem {
        let mut item = self.bare_item(reservation);
        item.head_versions = self.registrar().head_versions(&item.target).unwrap();
        item
    }

    /// The same without a look at the authority heads, which then count as moved.
    pub(crate) fn bare_item(&self, reservation: &Reservation) -> ConsumeItem {
        material::item(reservation, self.fingerprint)
    }

    /// A reserved attempt on a code, and its item.
    pub(crate) fn opened_item(&self, dot_code: &str) -> ConsumeItem {
        let reservation = self.reservation(dot_code);
        self.open(&reservation);
        self.item(&reservation)
    }

    pub(crate) fn consume(&self, item: ConsumeItem) -> ConsumeAnswer {
        let answers = self.registrar().consume(vec![item]).unwrap();
        only(answers)
    }

    /// Consumes, and gives the decision and its transaction.
    pub(crate) fn written(&self, item: ConsumeItem) -> (Vec<u8>, String) {
        match self.consume(item) {
            ConsumeAnswer::Registered {
                decision,
                transaction_id,
            } => (decision, transaction_id),
            ConsumeAnswer::Lost(reason) => panic!("lost: {reason:?}"),
        }
    }

    /// Consumes, and gives why it lost.
    pub(crate) fn lost(&self, item: ConsumeItem) -> LossReason {
        match self.consume(item) {
            ConsumeAnswer::Lost(reason) => reason,
            answer @ ConsumeAnswer::Registered { .. } => panic!("not lost: {answer:?}"),
        }
    }

    /// Reserves and consumes a first attempt on a code.
    pub(crate) fn register(&self, dot_code: &str) -> StoredAttempt {
        let item = self.opened_item(dot_code);
        let attempt_id = item.attempt_id;
        self.written(item);
        self.attempt(&attempt_id)
    }

    pub(crate) fn attempt(&self, id: &Uuid) -> StoredAttempt {
        self.registrar().attempt_by_id(id).unwrap().unwrap()
    }

    pub(crate) fn reread(&self, carrier: &str, row_key: &str) -> RereadRow {
        let row = RowRef {
            carrier: carrier.to_owned(),
            row_key: row_key.to_owned(),
        };
        let rows = self.registrar().reread(&[row]).unwrap();
        only(rows)
    }

    /// The versions of a code's authority head and of the one for all.
    pub(crate) fn versions(&self, dot_code: &str) -> [u64; 2] {
        let target = format!("dot:{dot_code}");
        let found = self.registrar().head_versions(&target).unwrap();
        let of = |scope_key: &str| {
            let mut matching = found.iter().filter(|head| head.scope_key == scope_key);
            let version = matching.next().unwrap().version;
            assert_eq!(matching.next(), None);
            version
        };
        assert_eq!(found.len(), 2);
        [of(&target), of("*")]
    }

    /// The catalogue rows of a code, whatever their status.
    pub(crate) fn heads(&self, dot_code: &str) -> Vec<RecordedHead> {
        self.store.history().heads(dot_code)
    }

    /// The catalogue as the gate sees it now, where a case has changed it.
    pub(crate) fn fingerprint_now(&self) -> Digest {
        self.store.gate().schema_fingerprint().unwrap()
    }

    /// Inputs for as many threads as the store takes: what `make` gives for each.
    pub(crate) fn for_threads<I>(&self, make: impl FnMut(usize) -> I) -> Vec<I> {
        (0..self.store.threads().clamp(16, 64)).map(make).collect()
    }

    pub(crate) fn audit_count(&self) -> u64 {
        self.store.history().audit_count()
    }
}

/// The one answer to a call of one.
pub(crate) fn only<T>(mut answers: Vec<T>) -> T {
    assert_eq!(answers.len(), 1, "one answer for one question");
    answers.remove(0)
}
