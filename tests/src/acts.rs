//! What the authority does on a fixture's store, one act at a time, through its own credential.

use std::path::Path;

use artifact_source::LocalFiles;
use authority::{
    ActionTypeEntry, ApprovalEntry, ArtifactType, AuthorityError, AuthorityWriter, ConfigValue,
    Draft, HoldEntry, Measured, NewRow, OwnerEntry, PolicySettings, PrincipalEntry,
    RetirementEntry, RowStatus, VerifierEntry, VoteEntry, retire,
};
use canonical::{Digest, GovernedRow, Identifier, Text};
use deployment::{Authority, Store};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fixture::{Fixture, must};

/// The authority of one store; cheap to clone into whatever acts in the middle of something.
#[derive(Clone, Debug)]
pub struct Acts {
    store: Store,
}

impl Acts {
    /// The authority of a fixture's store.
    pub fn on(fixture: &Fixture) -> Self {
        Self {
            store: fixture.store.clone(),
        }
    }

    /// A connection with the authority writer's credential.
    pub fn writer(&self) -> Authority {
        must(self.store.authority())
    }

    /// Makes one row and commits it; gives its key.
    pub fn write(
        &self,
        make: impl FnOnce(&mut Draft<'_, Authority>) -> Result<String, AuthorityError>,
    ) -> String {
        let mut writer = self.writer();
        let mut draft = must(Draft::begin(&mut writer));
        let key = must(make(&mut draft));
        must(draft.commit());
        key
    }

    /// The keys of the active rows of a carrier whose columns have these values.
    pub fn standing(&self, carrier: &str, named: &[(&str, &str)]) -> Vec<String> {
        let rows = must(self.writer().rows(carrier));
        let stands = rows.into_iter().filter(|stored| {
            stored.status == RowStatus::Active
                && named
                    .iter()
                    .all(|(name, value)| stored.row.text(name).is_ok_and(|text| text == *value))
        });
        stands.map(|stored| stored.row.key().to_owned()).collect()
    }

    /// The key of the one active row of a carrier whose columns have these values.
    pub fn one(&self, carrier: &str, named: &[(&str, &str)]) -> String {
        let keys = self.standing(carrier, named);
        match <[String; 1]>::try_from(keys) {
            Ok([key]) => key,
            Err(keys) => must(Err(format!("{carrier} {named:?}: {keys:?}"))),
        }
    }

    /// A row of a carrier, whatever its status.
    pub fn row(&self, carrier: &str, row_key: &str) -> GovernedRow {
        let mut rows = must(self.writer().rows(carrier)).into_iter();
        let found = rows.find(|stored| stored.row.key() == row_key);
        must(found.ok_or("no such row")).row
    }

    /// Withdraws an active row.
    pub fn revoke(&self, carrier: &str, row_key: &str) -> String {
        self.write(|draft| draft.revoke(carrier, row_key))
    }

    /// Withdraws the ownership of a target.
    pub fn revoke_owner(&self, dot_code: &str) -> String {
        let row_key = self.one("ownership", &[("object_ref", dot_code)]);
        self.revoke("ownership", &row_key)
    }

    /// Makes Olga accountable for a target in a scope.
    pub fn own(&self, dot_code: &str, scope: &str) -> String {
        let entry: OwnerEntry = entry(json!({
            "object_type": "dot", "object_ref": dot_code, "scope": scope,
            "owner": "principal/olga", "kind": "accountable",
        }));
        self.write(|draft| draft.add_owner(&entry))
    }

    /// The key of the approval of an operation on a target.
    pub fn approval(&self, operation: &str, dot_code: &str) -> String {
        let named = [("operation", operation), ("object_ref", dot_code)];
        self.one("approval", &named)
    }

    /// Opens an approval of an operation on a target's admitted artifact, and has Olga approve it.
    pub fn approve(&self, operation: &str, dot_code: &str) -> String {
        let entry: ApprovalEntry = entry(json!({
            "operation": operation, "object_type": "dot", "object_ref": dot_code,
            "proposer": "principal/alice", "valid_days": 30,
        }));
        let approval = self.write(|draft| draft.add_approval(&entry));
        self.vote(&approval, "approve");
        approval
    }

    /// Puts an approval that is approved too in the place of the one that a target has.
    ///
    /// The rules of drafts allow it only for one that has ended; the store allows it always.
    pub fn supersede_approval(&self, operation: &str, dot_code: &str) -> String {
        let older = self.approval(operation, dot_code);
        let row_key = self.row_like("approval", &older, []);
        self.vote(&row_key, "approve");
        row_key
    }

    /// Adds a row like one of a carrier with other values in some columns, past the rules of drafts;
    /// it supersedes that row unless its columns say otherwise. Gives its key.
    pub fn row_like(
        &self,
        carrier: &str,
        older: &str,
        other: impl IntoIterator<Item = (String, Value)>,
    ) -> String {
        let mut writer = self.writer();
        let mut columns = self.row(carrier, older).columns().clone();
        columns.remove("written_by");
        columns.insert("issued_at".to_owned(), json!(must(writer.clock())));
        columns.insert("supersedes".to_owned(), json!(older));
        columns.extend(other);
        let row_key = format!("{older}-{}", must(writer.rows(carrier)).len());
        must(writer.insert(vec![NewRow {
            carrier: carrier.to_owned(),
            row_key: row_key.clone(),
            columns,
        }]));
        row_key
    }

    /// Olga's vote on an approval.
    pub fn vote(&self, approval: &str, decision: &str) -> String {
        let entry: VoteEntry = entry(json!({
            "approval_ref": approval, "voter": "principal/olga",
            "voter_channel": "token_subject:olga", "decision": decision,
        }));
        self.write(|draft| draft.add_vote(&entry))
    }

    /// Records an action type on dots, in the place of the one that the operation has.
    pub fn set_action(&self, operation: &str, scope: &str) -> String {
        let entry: ActionTypeEntry = entry(json!({
            "operation": operation, "object_type": "dot", "implemented": true,
            "risk_tier": "medium", "required_scope": scope,
            "postcondition_verifier_ref": "verifier/postcondition-1",
        }));
        self.write(|draft| draft.set_action_type(&entry))
    }

    /// Records the postcondition verifier anew: for any target, or made for this one.
    pub fn set_verifier(&self, specific_target: Option<&str>) -> String {
        let entry: VerifierEntry = entry(json!({
            "verifier_ref": "verifier/postcondition-1", "specific_target": specific_target,
            "description": "rereads",
        }));
        self.write(|draft| draft.set_verifier(&entry))
    }

    /// Adds a principal that nothing refers to.
    pub fn add_bystander(&self) -> String {
        let entry: PrincipalEntry = entry(json!({
            "principal": "principal/bystander", "kind": "human", "display_name": "Bystander",
        }));
        self.write(|draft| draft.add_principal(&entry))
    }

    /// Holds a target.
    pub fn hold(&self, dot_code: &str) -> String {
        let entry = hold_entry(dot_code);
        self.write(|draft| draft.hold(&entry))
    }

    /// Releases a target.
    pub fn release(&self, dot_code: &str) -> String {
        let entry = hold_entry(dot_code);
        self.write(|draft| draft.release(&entry))
    }

    /// Sets one entry of a target's runtime configuration.
    pub fn configure(&self, dot_code: &str, name: &str, value: ConfigValue) -> String {
        let (dot_code, name) = (identifier(dot_code), identifier(name));
        self.write(|draft| draft.set_config(&dot_code, &name, value))
    }

    /// Sets another policy, which trusts whomever the one before it trusted.
    pub fn set_policy(&self, settings: &PolicySettings) -> String {
        let settings = PolicySettings {
            trust_base: self.trust_base(),
            ..settings.clone()
        };
        self.write(|draft| draft.set_policy(&settings))
    }

    /// Whoever the last policy names as taken on trust.
    fn trust_base(&self) -> Vec<Text> {
        let rows = must(self.writer().rows("policy"));
        let last = must(rows.last().ok_or("no policy"));
        let body: Value = must(serde_json::from_str(must(last.row.text("body"))));
        let trusted = must(body.get("trust_base").ok_or("no trust base"));
        must(serde_json::from_value(trusted.clone()))
    }

    /// Measures what lies at a path, and admits it as what a target is; gives key and hash.
    pub fn admit(&self, dot_code: &str, path: &Path, is_tree: bool) -> (String, Digest) {
        let measured = measure(path, is_tree);
        let key = self.write(|draft| draft.admit(&identifier(dot_code), &measured));
        (key, measured.artifact_hash)
    }

    /// Retires a target's head under an approval of its own.
    pub fn retire(&self, dot_code: &str) {
        let approval_ref = self.approve("retire_dot", dot_code);
        let entry = RetirementEntry {
            dot_code: identifier(dot_code),
            approval_ref: identifier(&approval_ref),
            reason: must("replaced".parse()),
        };
        must(retire(&mut self.writer(), &entry));
    }
}

fn hold_entry(dot_code: &str) -> HoldEntry {
    HoldEntry {
        dot_code: Some(identifier(dot_code)),
        reason: must("looked at by hand".parse()),
    }
}

fn identifier(name: &str) -> Identifier {
    must(name.parse())
}

fn entry<T: DeserializeOwned>(json: Value) -> T {
    must(serde_json::from_value(json))
}

fn measure(path: &Path, is_tree: bool) -> Measured {
    let path = must(path.canonicalize());
    let origin = must(path.parent().ok_or("no folder"));
    let (path, origin) = (path.to_string_lossy(), origin.to_string_lossy());
    let mut unwatched = artifact_resolver_f::port::Unwatched;
    let found = must(artifact_resolver_f::measure(
        &mut LocalFiles,
        &mut unwatched,
        &path,
        &origin,
    ));
    Measured {
        canonical_path: must(found.canonical_path.as_str().try_into()),
        origin: must((&*origin).try_into()),
        artifact_type: if is_tree {
            ArtifactType::Tree
        } else {
            ArtifactType::File
        },
        artifact_hash: found.artifact_hash,
        canonicalization_version: must(found.canonicalization_version.parse()),
    }
}
