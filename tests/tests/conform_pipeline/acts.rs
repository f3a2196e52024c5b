//! What somebody does to a store, its files or its sink, in the words of the cases.

use std::collections::BTreeMap;

use authority::{ConfigValue, Surface, SurfaceKind, default_manifest};
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::foreign::Foreign;
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::tamper;
use holdfast_tests::place::RawPlace;
use holdfast_tests::program::holdfast;
use holdfast_tests::runs::{Run, recover};
use serde::Deserialize;

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
    /// Rewrites the first target's artifact.
    Write { text: String },
    /// Takes it away.
    Delete,
    /// Admits it as it is now.
    Admit,
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

/// Does one act on a fixture.
pub(crate) fn act(fixture: &Fixture, act: &Act) {
    match act {
        Act::Write { text } => must(std::fs::write(&fixture.targets[0].path, text)),
        Act::Delete => must(std::fs::remove_file(&fixture.targets[0].path)),
        Act::Admit => {
            let path = fixture.dir.path().join("dots/0.sh");
            Acts::on(fixture).admit("DOT_0", &path, false);
        }
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
            let named: Vec<(&str, &str)> = r#where
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            acts.revoke(carrier, &acts.one(carrier, &named));
        }
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
        Act::Write { .. } | Act::Delete | Act::Admit | Act::MendSink | Act::Recover => {
            panic!("{act:?} is nothing to do in the middle");
        }
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
