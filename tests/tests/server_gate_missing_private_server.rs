//! What the gate on a server names: everything that is missing, under the prerequisite that it
//! belongs to; on a store, on somebody else's database, and on both in one.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use authority::PolicySettings;
use gate::contract::gate_report;
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::texts;
use holdfast_tests::fixture::Fixture;
use holdfast_tests::ledger::tamper;
use holdfast_tests::place::Place;
use holdfast_tests::shell::{Said, holdfast, run};
use pipeline::Outcome;
use postgres_lab::{PrivateServer, Server, ServerOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

const DIRECTUS: &str = include_str!("../fixtures/directus-dot-tools.sql");
const DECLARED: &str = include_str!("../fixtures/directus-dot-tools.toml");

fn server() -> PrivateServer {
    Server::start(ServerOptions::new()).unwrap()
}

fn fixture(server: &PrivateServer, count: usize) -> Fixture {
    let dir = TempDir::new().unwrap();
    let place = Place::on(server, dir.path());
    let fixture = Fixture::at(place, dir, count, json!({}));
    tamper(&fixture, "CREATE ROLE stranger LOGIN");
    fixture
}

/// Each prerequisite that is missing, with its codes.
type Missing = BTreeMap<String, Vec<String>>;

fn missing(report: &Value) -> Missing {
    let all = report["prerequisites"].as_array().unwrap().iter();
    let missing = all.filter(|one| one["held"] == false);
    missing
        .map(|one| {
            (
                one["id"].as_str().unwrap().to_owned(),
                texts(one, "/reject_codes"),
            )
        })
        .collect()
}

fn expected(missing: &[(&str, &[&str])]) -> Missing {
    let owned = |codes: &[&str]| codes.iter().map(ToString::to_string).collect();
    missing
        .iter()
        .map(|(id, codes)| ((*id).to_owned(), owned(codes)))
        .collect()
}

/// The evidence of one prerequisite.
fn evidence(report: &Value, id: &str) -> String {
    let all = report["prerequisites"].as_array().unwrap();
    let one = all.iter().find(|one| one["id"] == id).unwrap();
    texts(one, "/evidence").join("\n")
}

fn asked(fixture: &Fixture, arguments: &[&str]) -> (Option<i32>, Value) {
    report(run(
        &mut fixture.command(&[&["gate", "--json"], arguments].concat())
    ))
}

fn report(said: Said) -> (Option<i32>, Value) {
    let report = said.envelope(gate_report());
    (said.exit, report)
}

/// A statement, what takes it back, and the codes of each prerequisite that it is charged to.
type Charge<'a> = (&'a str, &'a str, &'a [(&'a str, &'a [&'a str])]);

#[test]
fn each_writer_too_many_is_charged_where_it_belongs_and_nothing_else_is() {
    let server = server();
    let fixture = fixture(&server, 1);
    let (exit, open) = asked(&fixture, &[]);
    assert_eq!((exit, missing(&open)), (Some(0), Missing::new()));
    // What the migrations do not grant is another schema too, and the table's prerequisite says so.
    let hazard: &[&str] = &["DUAL_WRITER_HAZARD"];
    let writer: &[&str] = &["WRITER_AUTHORITY_UNPROVEN"];
    let cases: [Charge; 5] = [
        (
            "GRANT INSERT ON ledger TO stranger",
            "REVOKE INSERT ON ledger FROM stranger",
            &[("replay-surface", &["REPLAY_SURFACE_NOT_FIT"])],
        ),
        (
            "GRANT INSERT ON dot_catalogue TO stranger",
            "REVOKE INSERT ON dot_catalogue FROM stranger",
            &[
                ("single-writer", hazard),
                ("status-domain", &["STATUS_DOMAIN_UNENFORCED"]),
            ],
        ),
        // A deputy that the schema's own objects do not show.
        (
            "CREATE FUNCTION public.deputy(code text) RETURNS void LANGUAGE sql SECURITY DEFINER \
             SET search_path = pg_catalog, pg_temp \
             AS $$ INSERT INTO holdfast.hold_event (canonical) VALUES (code) $$",
            "DROP FUNCTION public.deputy(text)",
            &[("single-writer", writer)],
        ),
        // Nothing of the store is changed: somebody more is a superuser.
        (
            "ALTER ROLE stranger SUPERUSER",
            "ALTER ROLE stranger NOSUPERUSER",
            &[("single-writer", writer)],
        ),
        (
            "GRANT {db}_audit_writer TO stranger",
            "REVOKE {db}_audit_writer FROM stranger",
            &[
                ("audit-sink", &["AUDIT_SINK_UNAVAILABLE"]),
                ("single-writer", writer),
            ],
        ),
    ];
    let name = fixture.place.database().name().to_owned();
    for (make, take_back, named) in cases {
        tamper(&fixture, &make.replace("{db}", &name));
        let (exit, held) = asked(&fixture, &[]);
        assert_eq!(
            (exit, missing(&held)),
            (Some(4), expected(named)),
            "{make}: {held:#}"
        );
        tamper(&fixture, &take_back.replace("{db}", &name));
    }
    assert_eq!(asked(&fixture, &[]).0, Some(0));
}

#[test]
fn one_grant_that_reaches_everything_is_named_everywhere() {
    let server = server();
    let fixture = fixture(&server, 0);
    Acts::on(&fixture).own("DOT_0", "catalogue");
    assert_eq!(asked(&fixture, &[]).0, Some(0));
    tamper(&fixture, "GRANT pg_write_all_data TO stranger");
    let (exit, held) = asked(&fixture, &[]);
    assert_eq!(exit, Some(4));
    let named = missing(&held);
    let named: Vec<&str> = named.keys().map(String::as_str).collect();
    for id in [
        "audit-sink",
        "registrar-contract",
        "replay-surface",
        "single-writer",
        "snapshot-manifest",
    ] {
        assert!(named.contains(&id), "{id}: {named:?}");
    }
    assert!(
        evidence(&held, "replay-surface").contains("stranger"),
        "{held:#}"
    );
    tamper(&fixture, "REVOKE pg_write_all_data FROM stranger");
    assert_eq!(asked(&fixture, &[]).0, Some(0));
}

#[test]
fn whoever_is_trusted_has_to_stand_in_the_policy_by_name() {
    let server = server();
    let fixture = fixture(&server, 1);
    tamper(&fixture, "ALTER ROLE stranger SUPERUSER");
    let (exit, held) = asked(&fixture, &[]);
    assert_eq!(exit, Some(4));
    let said = evidence(&held, "single-writer");
    assert!(
        said.contains("missing: the policy's trust base names superuser `stranger`"),
        "{said}"
    );
    let mut trusted = fixture.place.trust_base().unwrap();
    trusted.sort();
    assert!(
        trusted.contains(&"superuser `stranger`".to_owned()),
        "{trusted:?}"
    );
    let settings = PolicySettings {
        trust_base: trusted.iter().map(|line| line.parse().unwrap()).collect(),
        ..PolicySettings::default()
    };
    Acts::on(&fixture).write(|draft| draft.set_policy(&settings));
    assert_eq!(asked(&fixture, &[]).0, Some(0));
    let answer = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
}

#[test]
fn catalog_that_may_not_be_read_opens_nothing() {
    let server = server();
    let fixture = fixture(&server, 1);
    tamper(
        &fixture,
        "REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC",
    );
    let said = run(&mut fixture.command(&["gate", "--json"]));
    assert_eq!(
        (said.exit, said.stdout.as_slice()),
        (Some(6), &b""[..]),
        "{said:?}"
    );
    fixture
        .pipeline()
        .register(&fixture.request(0))
        .unwrap_err();
    tamper(&fixture, "GRANT SELECT ON pg_catalog.pg_policy TO PUBLIC");
    assert_eq!(asked(&fixture, &[]).0, Some(0));
    let answer = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
}

/// The program on a database, with the uses that it was meant for in a file.
fn on_database(folder: &Path, url: &str, arguments: &[&str]) -> Command {
    std::fs::write(folder.join("carriers.toml"), DECLARED).unwrap();
    let mut command = holdfast(folder, &[&["gate", "--store", url], arguments].concat());
    command.env("HOLDFAST_CREDENTIALS", folder);
    command
}

/// What keeps the platform's catalogue from being one, by prerequisite.
const DIRECTUS_LACKS: [(&str, &[&str]); 5] = [
    ("audit-sink", &["AUDIT_SINK_UNAVAILABLE"]),
    ("head-uniqueness", &["HEAD_UNIQUENESS_ABSENT"]),
    (
        "single-writer",
        &["WRITER_AUTHORITY_UNPROVEN", "DUAL_WRITER_HAZARD"],
    ),
    ("status-domain", &["STATUS_DOMAIN_UNENFORCED"]),
    ("trigger-inventory", &["TRIGGER_UNACCOUNTED"]),
];

fn names_what_is_wrong(report: &Value) {
    let writers = evidence(report, "single-writer");
    for writer in ["catalog_sync", "content_editor", "directus", "portal_api"] {
        assert!(
            writers.contains(&format!("`{writer}`")),
            "{writer}: {writers}"
        );
    }
    let triggers = evidence(report, "trigger-inventory");
    let unaccounted = triggers.matches("` on `public.dot_tools` is declared or accepted");
    assert_eq!(unaccounted.count(), 13, "{triggers}");
    assert!(
        triggers.contains("missing: trigger `trg_b_normalise_status`"),
        "{triggers}"
    );
    let heads = evidence(report, "head-uniqueness");
    assert!(
        heads.contains("(head.uniqueness) of `public.dot_tools`, which is refuted"),
        "{heads}"
    );
    let domain = evidence(report, "status-domain");
    assert!(
        domain.contains("(head.status_domain) of `public.dot_tools`, which is refuted"),
        "{domain}"
    );
}

#[test]
fn database_that_somebody_else_built_holds_for_what_is_wrong_with_it() {
    let server = server();
    let database = server.fresh_database("platform").unwrap();
    database.connect().unwrap().batch_execute(DIRECTUS).unwrap();
    let folder = TempDir::new().unwrap();
    let url = database.superuser_url();
    let mut declared = on_database(
        folder.path(),
        &url,
        &["--carriers", "carriers.toml", "--json"],
    );
    let (exit, held) = report(run(&mut declared));
    assert_eq!(exit, Some(4));
    let named = missing(&held);
    assert_eq!(named.len(), 13, "without a store nothing holds: {named:?}");
    for (id, codes) in DIRECTUS_LACKS {
        for code in codes {
            assert!(
                named[id].contains(&(*code).to_owned()),
                "{id} {code}: {named:?}"
            );
        }
    }
    names_what_is_wrong(&held);
    // Nobody has to declare anything to be told that there is no store.
    let undeclared = run(&mut on_database(folder.path(), &url, &[]))
        .exits(4)
        .text();
    assert!(
        undeclared.contains("nothing of what `holdfast init` makes"),
        "{undeclared}"
    );
    assert!(!undeclared.contains("dot_tools"), "{undeclared}");
    // What is held to a checkpoint has to be a store.
    let held = ["--checkpoint", "head.json"];
    run(&mut on_database(folder.path(), &url, &held)).exits(6);
}

#[test]
fn store_beside_somebody_elses_catalogue_registers_and_never_relies_on_that_one() {
    let server = server();
    let fixture = fixture(&server, 1);
    let mut session = fixture.place.database().connect().unwrap();
    session.batch_execute(DIRECTUS).unwrap();
    let (exit, open) = asked(&fixture, &[]);
    assert_eq!(
        (exit, missing(&open)),
        (Some(0), Missing::new()),
        "{open:#}"
    );
    let answer = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
    std::fs::write(fixture.dir.path().join("carriers.toml"), DECLARED).unwrap();
    let (exit, held) = asked(&fixture, &["--carriers", "carriers.toml"]);
    assert_eq!(exit, Some(4));
    assert_eq!(
        missing(&held),
        expected(&ALL_THAT_DIRECTUS_LACKS),
        "{held:#}"
    );
    names_what_is_wrong(&held);
}

/// The same beside a store that lacks nothing: this, and no more.
const ALL_THAT_DIRECTUS_LACKS: [(&str, &[&str]); 8] = [
    ("artifact-admission", &["ADMISSION_CARRIER_UNPROVEN"]),
    ("audit-sink", &["AUDIT_SINK_UNAVAILABLE"]),
    ("hash-carrier", &["HASH_CARRIER_UNPROVEN"]),
    ("head-uniqueness", &["HEAD_UNIQUENESS_ABSENT"]),
    ("registrar-contract", &["REGISTRAR_CONTRACT_UNPROVEN"]),
    (
        "single-writer",
        &["WRITER_AUTHORITY_UNPROVEN", "DUAL_WRITER_HAZARD"],
    ),
    ("status-domain", &["STATUS_DOMAIN_UNENFORCED"]),
    ("trigger-inventory", &["TRIGGER_UNACCOUNTED"]),
];
