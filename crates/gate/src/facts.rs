//! Everything that the gate judges by, read once.

use canonical::{Digest, GovernedRow, RowError, Timestamp};
use envelope::Opened;

use crate::catalogs::CatalogProofs;
use crate::contract::{Header, Policy, policy};
use crate::error::GateError;
use crate::port::{Checkpoint, CredentialFacts, GateStore, PortError};
use crate::report::header;
use crate::schema::{Dialect, Schema};

/// The kinds of principals that can be an authority; any other only asks, runs or judges.
const AUTHORITY_KINDS: [&str; 3] = ["human", "service", "team"];

/// What a store was found to be at one instant of its clock.
pub(crate) struct Facts {
    pub(crate) checked_at: Timestamp,
    pub(crate) store_kind: &'static str,
    /// The header of both reports.
    pub(crate) header: Header,
    pub(crate) schema: Schema,
    /// What a prover found in the catalogs; none where there are no catalogs.
    pub(crate) catalogs: Option<CatalogProofs>,
    pub(crate) fingerprint: Digest,
    pub(crate) action_types: Vec<GovernedRow>,
    pub(crate) owners: Vec<GovernedRow>,
    pub(crate) principals: Vec<GovernedRow>,
    pub(crate) manifests: Vec<GovernedRow>,
    pub(crate) accepted_triggers: Vec<GovernedRow>,
    /// The one policy that stands, or why there is none.
    pub(crate) policy: Result<Opened<Policy>, String>,
    pub(crate) audit_sink_writable: bool,
    pub(crate) credentials: Vec<CredentialFacts>,
    pub(crate) principals_are_distinct: bool,
    /// The credentials that are bound to no principal, or to more than one.
    pub(crate) unbound: Vec<String>,
    pub(crate) observer_is_another_process: bool,
    pub(crate) place: Vec<String>,
    pub(crate) checkpoint: Checkpoint,
}

impl Facts {
    /// Reads a store, at `now` by the clock of whoever asks.
    pub(crate) fn read(store: &mut impl GateStore, now: Timestamp) -> Result<Self, GateError> {
        let checked_at = store.clock()?;
        // INVARIANT: the fingerprint is read before what it stands for. What changes in between shows
        // in the facts, or makes the transaction that compares the fingerprint refuse.
        let fingerprint = store.schema_fingerprint()?;
        let objects = store.schema_objects()?;
        let expected = store.expected_objects()?;
        let policies = store.active_rows("policy")?;
        let policy = standing_policy(&policies, checked_at);
        let header = header(&policy, now)?;
        let dialect = Dialect::of(store.store_kind());
        let catalogs = match dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(CatalogProofs::read(store, &header)?),
        };
        Ok(Self {
            checked_at,
            store_kind: store.store_kind(),
            header,
            schema: Schema::compare(dialect, objects, &expected),
            catalogs,
            fingerprint,
            action_types: store.active_rows("action_type")?,
            owners: store.active_rows("ownership")?,
            principals: store.active_rows("principal")?,
            manifests: store.active_rows("manifest")?,
            accepted_triggers: store.active_rows("trigger_inventory")?,
            policy,
            audit_sink_writable: store.audit_sink_writable()?,
            credentials: store.credentials()?,
            principals_are_distinct: store.principals_are_distinct()?,
            unbound: unbound(store)?,
            observer_is_another_process: store.observer_is_another_process()?,
            place: store.place_facts()?,
            checkpoint: store.checkpoint()?,
        })
    }

    /// Whether a name is the canonical name of an active principal of a kind that can be an authority.
    pub(crate) fn is_authority(&self, name: &str) -> bool {
        let mut authorities = self.authorities(&AUTHORITY_KINDS);
        authorities.any(|row| says(row, "principal", name))
    }

    /// How many active principals approve on a side, and how many of them are people.
    pub(crate) fn approvers(&self, side: &str) -> (u64, u64) {
        let count = |kinds| {
            let approvers = self
                .authorities(kinds)
                .filter(|row| says(row, "side", side));
            u64::try_from(approvers.count()).unwrap_or(0)
        };
        (count(&AUTHORITY_KINDS), count(&["human"]))
    }

    fn authorities(&self, kinds: &'static [&'static str]) -> impl Iterator<Item = &GovernedRow> {
        let of_kind = |row: &&GovernedRow| row.text("kind").is_ok_and(|kind| kinds.contains(&kind));
        self.principals.iter().filter(of_kind)
    }

    /// The active action types of an operation.
    pub(crate) fn action_types_of(&self, operation: &str) -> Vec<&GovernedRow> {
        let of_operation = |row: &&GovernedRow| says(row, "operation", operation);
        self.action_types.iter().filter(of_operation).collect()
    }
}

fn unbound(store: &mut impl GateStore) -> Result<Vec<String>, PortError> {
    let mut credentials = store.credentials_to_bind()?;
    if credentials.is_empty() {
        return Ok(credentials);
    }
    let bindings = store.active_rows("principal_binding")?;
    credentials.retain(|credential| {
        let (channel, value) = credential.split_once(':').unwrap_or((credential, ""));
        let binds = |row: &&GovernedRow| says(row, "channel", channel) && says(row, "value", value);
        bindings.iter().filter(binds).count() != 1
    });
    Ok(credentials)
}

fn says(row: &GovernedRow, column: &str, value: &str) -> bool {
    row.text(column).is_ok_and(|text| text == value)
}

fn standing_policy(rows: &[GovernedRow], now: Timestamp) -> Result<Opened<Policy>, String> {
    let [row] = rows else {
        return Err(format!("{} policies are active", rows.len()));
    };
    let unusable = |why: &dyn std::fmt::Display| format!("policy `{}`: {why}", row.key());
    let body = row
        .text("body")
        .map_err(|error: RowError| unusable(&error))?;
    let opened = policy()
        .open(body.as_bytes())
        .map_err(|refusal| unusable(&refusal))?;
    // The policy's own bound on clocks: what was written a moment ago may carry the next second.
    let latest = now.checked_add_millis(opened.skew_max_ms.get());
    if latest.is_none_or(|latest| opened.header.issued_at > latest) {
        return Err(unusable(&format_args!(
            "in force only from {}",
            opened.header.issued_at
        )));
    }
    if opened.header.expires_at <= now {
        return Err(unusable(&format_args!(
            "expired at {}",
            opened.header.expires_at
        )));
    }
    if opened.header.producer.as_str() != "authority" {
        return Err(unusable(&format_args!(
            "made by {}",
            opened.header.producer
        )));
    }
    Ok(opened)
}
