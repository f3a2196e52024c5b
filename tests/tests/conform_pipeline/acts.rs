//! What somebody does to a store, its files or its sink, in the words of the cases.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

use authority::{ConfigValue, Surface, SurfaceKind, default_manifest};
use canonical::GovernedRow;
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::foreign::Foreign;
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::tamper;
use holdfast_tests::place::RawPlace;
use holdfast_tests::program::holdfast;
use holdfast_tests::runs::{Run, recover};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::run::made_when;

/// One act.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Act {
    /// Withdraws the one active row of a carrier with these columns.
    Revoke {
        carrier: String,
        #[serde(default)]
        r#where: BTreeMap<String, String>,
    },
    /// Makes Olga accountable for a target in a scope.
    Own { dot_code: String, scope: String },
    /// Opens an approval, and has Olga approve it.
    Approve { operation: String, dot_code: String },
    /// Puts another approval in the place of the one that a target has.
    SupersedeApproval { dot_code: String },
    /// Adds a row like the one active row of a carrier with other values in these columns, past the
    /// rules of drafts; it supersedes that row unless its columns say otherwise.
    RowLike {
        carrier: String,
        #[serde(default)]
        r#where: BTreeMap<String, String>,
        columns: BTreeMap<String, Value>,
    },
    /// Records Olga's vote on a target's approval.
    Vote { dot_code: String, decision: String },
    /// Retires a target's head.
    Retire { dot_code: String },
    /// Records an action type in another scope.
    SetAction { operation: String, scope: String },
    /// Adds a principal that nothing refers to.
    AddBystander,
    /// Holds a target.
    Hold { dot_code: String },
    /// Releases it.
    Release { dot_code: String },
    /// Opens a target's runtime configuration.
    OpenConfig { dot_code: String },
    /// Puts another manifest in force.
    Manifest {
        issuer: String,
        #[serde(default)]
        version: Option<String>,
        #[serde(default)]
        append_only: Option<String>,
    },
    /// Writes a file; the first target's artifact unless another is named, as everywhere here.
    Write {
        #[serde(default = "artifact")]
        file: String,
        text: String,
    },
    /// Puts a link to one file in the place of another.
    Link {
        #[serde(default = "artifact")]
        file: String,
        to: String,
    },
    /// Takes a file away.
    Delete {
        #[serde(default = "artifact")]
        file: String,
    },
    /// Makes a folder.
    Folder {
        #[serde(default = "artifact")]
        file: String,
    },
    /// Admits what lies there now as what the first target is.
    Admit {
        #[serde(default = "artifact")]
        file: String,
        #[serde(default)]
        tree: bool,
    },
    /// Puts a trigger on the catalogue that nobody accepted.
    ForeignTrigger,
    /// Gives the catalogue a second writer.
    SecondWriter,
    /// Runs statements past the store's code.
    Tamper { sqlite: String, postgres: String },
    /// Lets no failure audit in.
    BreakSink,
    /// Lets them in again.
    MendSink,
    /// Settles what nobody finished.
    Recover,
}

fn refusal(kind: Kind) -> Foreign {
    Foreign::refusing(kind, "foreign_to_the_sink", "failure_audit")
}

fn artifact() -> String {
    "dots/0.sh".to_owned()
}

/// Does one act on a fixture.
pub(crate) fn act(fixture: &Fixture, act: &Act) {
    let at = |file: &str| fixture.dir.path().join(file);
    match act {
        Act::Write { file, text } => must(std::fs::write(at(file), text)),
        Act::Link { file, to } => must(symlink(at(to), at(file))),
        Act::Delete { file } => must(std::fs::remove_file(at(file))),
        Act::Folder { file } => must(std::fs::create_dir(at(file))),
        Act::Admit { file, tree } => drop(Acts::on(fixture).admit("DOT_0", &at(file), *tree)),
        Act::MendSink => tamper(fixture, &refusal(fixture.kind()).drop),
        Act::Recover => {
            let run = Run::of(&mut recover(fixture, holdfast()));
            assert_eq!(run.code, Some(0), "{run:?}");
        }
        other => in_the_middle(
            &Acts::on(fixture),
            &fixture.place.raw(),
            fixture.kind(),
            other,
        ),
    }
}

/// Does one act that needs no more than the store, wherever the registration is.
pub(crate) fn in_the_middle(acts: &Acts, raw: &RawPlace, kind: Kind, act: &Act) {
    match act {
        Act::Revoke { carrier, r#where } => {
            acts.revoke(carrier, &the_one(acts, carrier, r#where));
        }
        Act::RowLike {
            carrier,
            r#where,
            columns,
        } => {
            let older = the_one(acts, carrier, r#where);
            let made = |value: &Value| made_now(acts, &acts.row(carrier, &older), columns, value);
            let columns = columns.iter();
            let columns = columns.map(|(name, value)| (name.clone(), made(value)));
            drop(acts.row_like(carrier, &older, columns));
        }
        Act::Vote { dot_code, decision } => {
            drop(acts.vote(&acts.approval("register_dot", dot_code), decision));
        }
        Act::Retire { dot_code } => acts.retire(dot_code),
        Act::Own { dot_code, scope } => drop(acts.own(dot_code, scope)),
        Act::Approve {
            operation,
            dot_code,
        } => drop(acts.approve(operation, dot_code)),
        Act::SupersedeApproval { dot_code } => {
            drop(acts.supersede_approval("register_dot", dot_code));
        }
        Act::SetAction { operation, scope } => drop(acts.set_action(operation, scope)),
        Act::AddBystander => drop(acts.add_bystander()),
        Act::Hold { dot_code } => drop(acts.hold(dot_code)),
        Act::Release { dot_code } => drop(acts.release(dot_code)),
        Act::OpenConfig { dot_code } => {
            drop(acts.configure(dot_code, "runtime", ConfigValue::Open));
        }
        Act::Manifest {
            issuer,
            version,
            append_only,
        } => manifest(acts, issuer, version.as_deref(), append_only.as_deref()),
        Act::ForeignTrigger => raw.tamper(&Foreign::on(kind, "looks_on", "dot_catalogue").make),
        Act::SecondWriter => second_writer(raw, kind),
        Act::Tamper { sqlite, postgres } => raw.tamper(match kind {
            Kind::Sqlite => sqlite,
            Kind::Postgres => postgres,
        }),
        Act::BreakSink => raw.tamper(&refusal(kind).make),
        Act::Write { .. }
        | Act::Link { .. }
        | Act::Delete { .. }
        | Act::Folder { .. }
        | Act::Admit { .. }
        | Act::MendSink
        | Act::Recover => panic!("{act:?} is nothing to do in the middle"),
    }
}

fn the_one(acts: &Acts, carrier: &str, named: &BTreeMap<String, String>) -> String {
    let named: Vec<(&str, &str)> = named
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    acts.one(carrier, &named)
}

/// What a case cannot write down: an instant, the hash that the first target is admitted with, or
/// the hash of a manifest with these columns.
fn made_now(
    acts: &Acts,
    older: &GovernedRow,
    columns: &BTreeMap<String, Value>,
    value: &Value,
) -> Value {
    match value.as_str().and_then(|text| text.strip_prefix('@')) {
        None => value.clone(),
        Some("admitted") => {
            let row_key = acts.one("admission", &[("dot_code", "DOT_0")]);
            json!(must(
                acts.row("admission", &row_key).digest("artifact_hash")
            ))
        }
        Some("manifest") => {
            let column = |name: &str| columns.get(name).or_else(|| older.columns().get(name));
            let surfaces = must(column("surfaces").and_then(Value::as_str).ok_or("no text"));
            json!(must(canonical::hash(
                canonical::tags::MANIFEST,
                &json!({
                    "manifest_id": column("manifest_id"),
                    "manifest_version": column("manifest_version"),
                    "issuer": column("issuer"),
                    "canonicalization_version": column("canonicalization_version"),
                    "surfaces": must(serde_json::from_str::<Value>(surfaces)),
                }),
            )))
        }
        Some(made) => must(made_when(made).ok_or(made)),
    }
}

fn manifest(acts: &Acts, issuer: &str, version: Option<&str>, append_only: Option<&str>) {
    let mut manifest = must(default_manifest(must(issuer.parse())));
    if let Some(version) = version {
        manifest.manifest_version = must(version.parse());
    }
    manifest.surfaces.extend(append_only.map(|carrier| Surface {
        name: must(format!("more/{carrier}").parse()),
        kind: SurfaceKind::AppendOnly,
        carrier: must(carrier.parse()),
    }));
    acts.write(|draft| draft.set_manifest(&manifest));
}

fn second_writer(raw: &RawPlace, kind: Kind) {
    let inbox = match kind {
        Kind::Sqlite => "sync_inbox",
        Kind::Postgres => "holdfast.sync_inbox",
    };
    let body = "UPDATE dot_catalogue SET status = 'active' WHERE dot_code = NEW.dot_code;";
    raw.tamper(&format!("CREATE TABLE {inbox} (dot_code TEXT);"));
    raw.tamper(&Foreign::with(kind, ("sync_job", "AFTER INSERT", inbox), body).make);
}
