//! A real store with real artifacts and authority rows, made afresh for each test.

use std::fmt::Debug;
use std::path::PathBuf;
use std::process::Command;

use artifact_source::LocalFiles;
use authority::{ArtifactType, AuthorityFile, AuthorityWriter, Measured, import};
use canonical::{Digest, Nonce, hash_bytes, tags, write};
use deployment::{AnyPipeline, AnyRecords, Authority, Deployment, Store, Unwatched};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kind::Kind;
use crate::place::Place;
use crate::program;

/// One DOT that may be registered.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its code.
    pub dot_code: String,
    /// Its artifact's canonical path.
    pub path: String,
    /// Its artifact's hash, as admitted.
    pub artifact_hash: Digest,
    /// The key of its admission row.
    pub admission_ref: String,
}

/// A store whose gate is open for a number of targets, each owned, approved and admitted.
#[derive(Debug)]
pub struct Fixture {
    /// The store, whatever its kind.
    pub store: Store,
    /// What may be registered.
    pub targets: Vec<Target>,
    /// Where the store is.
    pub place: Place,
    /// The folder of everything; removed with the fixture.
    pub dir: TempDir,
}

/// How the fixture's policy differs from the default one.
pub type PolicyEdit = Value;

impl Fixture {
    /// A store for `count` targets.
    pub fn new(count: usize) -> Self {
        Self::with_policy(count, json!({}))
    }

    /// The same under a policy with other numbers.
    pub fn with_policy(count: usize, policy: PolicyEdit) -> Self {
        Self::in_folder(must(TempDir::new()), count, policy)
    }

    /// A store of this kind, whatever the environment asks for: for a test that is about one kind.
    pub fn of(kind: Kind, count: usize) -> Self {
        let dir = must(TempDir::new());
        let place = Place::make(kind, dir.path());
        Self::at(place, dir, count, json!({}))
    }

    /// The same in a folder of the caller's choice, such as one on another file system.
    pub fn in_folder(dir: TempDir, count: usize, policy: PolicyEdit) -> Self {
        let place = Place::make(Kind::asked(), dir.path());
        Self::at(place, dir, count, policy)
    }

    /// The same without the first entry of these lists of the authority file: what the first target
    /// lacks, and each other target has.
    pub fn lacking(count: usize, policy: PolicyEdit, lists: &[String]) -> Self {
        let dir = must(TempDir::new());
        let place = Place::make(Kind::asked(), dir.path());
        Self::holding(place, dir, count, policy, lists)
    }

    /// The same in a store that was made for it and is empty.
    pub fn at(place: Place, dir: TempDir, count: usize, policy: PolicyEdit) -> Self {
        Self::holding(place, dir, count, policy, &[])
    }

    fn holding(
        place: Place,
        dir: TempDir,
        count: usize,
        policy: PolicyEdit,
        lacking: &[String],
    ) -> Self {
        let root = must(dir.path().canonicalize());
        must(std::fs::create_dir_all(root.join("dots")));
        for number in 0..count {
            let content = format!("#!/bin/sh\necho artifact {number}\n");
            must(std::fs::write(
                root.join(format!("dots/{number}.sh")),
                content,
            ));
        }
        let store = place.open();
        let mut rows = rows(&place, count, policy);
        for list in lacking {
            let entries = rows.get_mut(list).and_then(Value::as_array_mut);
            must(entries.ok_or("no such list")).remove(0);
        }
        let file = must(AuthorityFile::from_json(&rows.to_string()));
        let mut writer = must(store.authority());
        must(import(&mut writer, &file, &mut |path| {
            measure(&root.join(path)).map_err(Into::into)
        }));
        let admissions = must(writer.rows("admission"));
        let target = |number: usize| {
            let dot_code = dot_code(number);
            let row = admissions
                .iter()
                .find(|one| one.row.text("dot_code").is_ok_and(|code| code == dot_code));
            let row = must(row.ok_or("no admission"));
            Target {
                path: must(row.row.text("canonical_path")).to_owned(),
                artifact_hash: must(row.row.digest("artifact_hash")),
                admission_ref: row.row.key().to_owned(),
                dot_code,
            }
        };
        let targets = (0..count).map(target).collect();
        Self {
            store,
            targets,
            place,
            dir,
        }
    }

    /// The authority writer's credential.
    pub fn authority(&self) -> Authority {
        must(self.store.authority())
    }

    /// The read side of people.
    pub fn records(&self) -> AnyRecords {
        must(self.store.records())
    }

    /// The kind of the store.
    pub fn kind(&self) -> Kind {
        self.place.kind()
    }

    /// The embedded store, for a test that is about it as such.
    ///
    /// # Panics
    ///
    /// When the store is another one: then the test's name has to begin with `embedded_`, so that
    /// it runs on this kind only.
    #[expect(clippy::panic, reason = "the test asked for a store that is not there")]
    pub fn embedded(&self) -> &store_sqlite::Store {
        match &self.store {
            Store::Sqlite(store) => store,
            Store::Postgres(_) => panic!(
                "this test is about the embedded store: its name has to begin with `embedded_`"
            ),
        }
    }

    /// The store as the command line names it.
    pub fn url(&self) -> String {
        self.place.address().to_string()
    }

    /// The program on this store.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program::holdfast());
        command.current_dir(self.dir.path()).args(arguments);
        self.place.name_to(&mut command);
        command
    }

    /// The program as the observer of this store.
    pub fn observer_command(&self) -> Command {
        let mut observer = Command::new(program::holdfast());
        observer.arg("observe");
        self.place.name_to(&mut observer);
        observer
    }

    /// One writer and one observer process for any number of pipelines.
    pub fn deployment(&self) -> Deployment {
        must(Deployment::start(
            self.store.clone(),
            self.observer_command(),
        ))
    }

    /// A pipeline with an observer process of its own.
    pub fn pipeline(&self) -> AnyPipeline {
        must(self.deployment().pipeline(Box::new(Unwatched)))
    }

    /// A request for one target, with a fresh nonce.
    pub fn request(&self, number: usize) -> Vec<u8> {
        self.request_with(number, |_| {})
    }

    /// The same, changed before it is sealed.
    pub fn request_with(&self, number: usize, edit: impl FnOnce(&mut Value)) -> Vec<u8> {
        let target = must(self.targets.get(number).ok_or("no such target"));
        let now = embedded::edge::now();
        let nonce = must(Nonce::mint(
            *embedded::edge::fresh_id().as_bytes(),
            "register_dot",
            &format!("dot:{}", target.dot_code),
            &target.artifact_hash,
        ));
        let mut request = json!({
            "envelope_type": "registration-request", "envelope_version": "1", "attempt_no": 1,
            "header": {
                "trust_domain": "holdfast", "audience": "holdfast.registration",
                "run_id": "run-1", "attempt_id": null, "correlation_id": null,
                "producer": "caller", "issued_at": now,
                "expires_at": now.checked_add_millis(900_000), "evidence_hash": null,
                "source_refs": [], "key_id": null, "key_status_ref": null,
            },
            "request_proposed": {
                "run_id": "run-1", "dot_code": target.dot_code, "operation": "register_dot",
                "artifact_hash": target.artifact_hash, "artifact_path": target.path,
                "artifact_type": "file", "admission_ref": target.admission_ref,
                "actor": "alice", "nonce": nonce.to_string(),
            },
        });
        edit(&mut request);
        seal(request)
    }
}

/// Seals a request's JSON: its evidence hash is computed over the canonical bytes.
pub fn seal(mut request: Value) -> Vec<u8> {
    let hash = |request: &mut Value, value: Value| {
        *must(
            request
                .pointer_mut("/header/evidence_hash")
                .ok_or("no header"),
        ) = value;
    };
    hash(&mut request, Value::Null);
    let bytes = must(write(&request));
    let digest = hash_bytes(&tags::evidence("registration-request"), &bytes);
    hash(&mut request, json!(digest));
    must(write(&request))
}

/// The code of a target.
pub fn dot_code(number: usize) -> String {
    format!("DOT_{number}")
}

fn measure(path: &std::path::Path) -> Result<Measured, String> {
    let path: PathBuf = path.canonicalize().map_err(|error| error.to_string())?;
    let origin = path.parent().ok_or("no folder")?;
    let (path, origin) = (path.to_string_lossy(), origin.to_string_lossy());
    let found = artifact_resolver_f::measure(
        &mut LocalFiles,
        &mut artifact_resolver_f::port::Unwatched,
        &path,
        &origin,
    )
    .map_err(|error| error.to_string())?;
    Ok(Measured {
        canonical_path: must(found.canonical_path.as_str().try_into()),
        origin: must((&*origin).try_into()),
        artifact_type: ArtifactType::File,
        artifact_hash: found.artifact_hash,
        canonicalization_version: must(found.canonicalization_version.parse()),
    })
}

/// The authority file of a fixture.
fn rows(place: &Place, count: usize, policy: PolicyEdit) -> Value {
    let mut settings = json!({ "assurance_accepted": place.kind().assurance() });
    if let (Some(settings), Some(trusted)) = (settings.as_object_mut(), place.trust_base()) {
        settings.insert("trust_base".to_owned(), json!(trusted));
    }
    if let (Some(settings), Some(policy)) = (settings.as_object_mut(), policy.as_object()) {
        settings.extend(policy.clone());
    }
    let per_target = |make: &dyn Fn(String) -> Value| -> Vec<Value> {
        (0..count).map(|number| make(dot_code(number))).collect()
    };
    let mut principals = vec![
        json!({"principal": "principal/olga", "kind": "human", "side": "owner", "display_name": "Olga"}),
        json!({"principal": "principal/alice", "kind": "human", "display_name": "Alice"}),
    ];
    let mut bindings = vec![
        json!({"channel": "alias", "value": "alice", "principal": "principal/alice"}),
        json!({"channel": "os_uid", "value": embedded::caller_uid().to_string(), "principal": "principal/alice"}),
        json!({"channel": "token_subject", "value": "olga", "principal": "principal/olga"}),
    ];
    // Whose role wrote a verifier's row and whose consumes are compared as principals: two names of
    // roles would not show that they are two.
    for role in place.roles() {
        let principal = format!("principal/role-{}", role.name().replace('_', "-"));
        principals.push(
            json!({"principal": principal, "kind": "database_role", "display_name": role.name()}),
        );
        bindings.push(json!({
            "channel": "db_role", "value": role.login(place.database().name()), "principal": principal,
        }));
    }
    json!({
        "policy": settings,
        "principals": principals,
        "bindings": bindings,
        "verifiers": [{"verifier_ref": "verifier/postcondition-1", "description": "rereads"}],
        "action_types": [{
            "operation": "register_dot", "object_type": "dot", "implemented": true,
            "risk_tier": "medium", "required_scope": "catalogue",
            "postcondition_verifier_ref": "verifier/postcondition-1",
        }],
        "owners": per_target(&|code| json!({
            "object_type": "dot", "object_ref": code, "scope": "catalogue",
            "owner": "principal/olga", "kind": "accountable",
        })),
        "admissions": (0..count).map(|number| json!({
            "dot_code": dot_code(number), "path": format!("dots/{number}.sh"),
        })).collect::<Vec<_>>(),
        "approvals": per_target(&|code| json!({
            "operation": "register_dot", "object_type": "dot", "object_ref": code,
            "proposer": "principal/alice", "valid_days": 30,
            "votes": [{"voter": "principal/olga", "voter_channel": "token_subject:olga", "decision": "approve"}],
        })),
        "manifest": {"issuer": "principal/olga"},
    })
}

/// A fixture that cannot be made fails the test that asked for it.
///
/// # Panics
///
/// On any error, with what it says.
#[expect(
    clippy::panic,
    reason = "a fixture that cannot be made has failed the test"
)]
pub fn must<T, E: Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("the fixture cannot be made: {error:?}"))
}
