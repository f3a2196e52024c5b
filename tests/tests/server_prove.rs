//! `holdfast prove` on servers of every version that is there: its own store, a database that
//! somebody else built, and what it says where it cannot say much.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use gate::contract::carrier_report;
use holdfast_tests::place::Place;
use holdfast_tests::proving::{codes, file, fitness, made, of, on_version, prove};
use holdfast_tests::shell::{Said, holdfast, run};
use postgres_lab::Server;
use serde_json::Value;
use tempfile::TempDir;

const DOT_TOOLS: &str = include_str!("../fixtures/directus-dot-tools.sql");
const PROVEN: &str = "PROVEN_AUTHORITY_CONTROLLED_CARRIER";

/// The store that this program makes is proven, every declared use of it, by a role that may read.
fn own_store_is_proven(server: &Server) {
    let folder = TempDir::new().unwrap();
    let place = Place::on(server, folder.path());
    let asked = |arguments: &[&str]| {
        let mut command = holdfast(folder.path(), &["prove"]);
        place.name_to(&mut command);
        run(command.args(arguments))
    };
    let report = asked(&["--json"]).exits(0).envelope(carrier_report());
    let carriers = report["carriers"].as_array().unwrap();
    assert_eq!(carriers.len(), 23);
    for carrier in carriers {
        assert_eq!(carrier["carrier_class"], PROVEN, "{carrier:#}");
        assert_eq!(codes(carrier), Vec::<&str>::new(), "{carrier:#}");
        let refuted = carrier["fitness"].as_array().unwrap().iter();
        let refuted: Vec<&Value> = refuted.filter(|one| one["outcome"] == "refuted").collect();
        assert_eq!(refuted, Vec::<&Value>::new(), "{}", carrier["carrier"]);
    }
    let ledger = of(&report, "ledger", "replay-surface");
    let shown = ["a", "b", "c", "d", "e", "f", "g"].map(|one| {
        let outcome = fitness(ledger, &format!("replay.{one}"));
        format!("{one} {outcome}")
    });
    let expected = [
        "a proven",
        "b proven",
        "c unproven",
        "d unproven",
        "e proven",
        "f unproven",
        "g unproven",
    ];
    assert_eq!(shown, expected);
    let heads = of(&report, "dot_catalogue", "head-store");
    assert_eq!(fitness(heads, "head.uniqueness"), "proven");
    assert_eq!(fitness(heads, "head.status_domain"), "proven");
    let audit = of(&report, "failure_audit", "audit-sink");
    assert_eq!(fitness(audit, "audit.once"), "proven");
    let text = asked(&[]).exits(0).text();
    assert!(
        text.contains("23 of 23 proven for their declared use"),
        "{text}"
    );
    let fixes = asked(&["--fix"]).exits(0).text();
    assert!(fixes.lines().all(|line| line.starts_with("--")), "{fixes}");
}

/// A catalogue that a content platform owns: everything that stands against it is named.
fn dot_tools_is_named(server: &Server) {
    let folder = TempDir::new().unwrap();
    made(server, "directus", DOT_TOOLS);
    let store = server.url("context_pack_readonly", "directus");
    let carriers = file("directus-dot-tools.toml");
    let carriers = ["--carriers", carriers.to_str().unwrap()];
    let asked = |more: &[&str]| run(prove(folder.path(), &store, &carriers).args(more)).exits(3);
    let report = asked(&["--json"]).envelope(carrier_report());

    let heads = of(&report, "dot_tools", "head-store");
    assert_eq!(heads["carrier_class"], "REUSE_CANDIDATE_PRECEDENT");
    let named = codes(heads);
    for code in [
        "AUTHORITY_WRITER_UNPROVEN",
        "AUTHORITY_ROW_MUTABLE",
        "DUAL_WRITER_HAZARD",
        "HEAD_UNIQUENESS_ABSENT",
        "STATUS_DOMAIN_UNENFORCED",
        "TRIGGER_UNACCOUNTED",
    ] {
        assert!(named.contains(&code), "{code} is not in {named:?}");
    }
    let triggers = heads["triggers"].as_array().unwrap();
    assert_eq!(triggers.len(), 13);
    let normalising = triggers.iter().filter(|one| {
        let mut effects = one["effects"].as_array().unwrap().iter();
        effects.any(|effect| effect == "normalises the new row")
    });
    let normalising: Vec<&str> = normalising
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        normalising,
        [
            "trg_a_normalise_code",
            "trg_b_normalise_status",
            "trg_c_defaults",
            "trg_d_touch"
        ]
    );
    assert!(
        triggers
            .iter()
            .all(|one| one["function_body_hash"].is_string())
    );
    let dual = heads["dual_writers"].to_string();
    for writer in ["directus", "catalog_sync", "content_editor", "portal_api"] {
        assert!(
            dual.contains(&format!("`{writer}`")),
            "{writer} is not in {dual}"
        );
    }
    assert!(!dual.contains("dot_registrar"), "{dual}");
    let hash = of(&report, "dot_tools", "artifact-hash");
    assert_eq!(hash["carrier_class"], "SOURCE_UNPROVEN_FAIL_CLOSED");
    let sink = of(&report, "event_outbox", "audit-sink");
    assert_eq!(sink["authenticity"], "none");

    let text = asked(&[]).text();
    for said in [
        "dot_tools [public.dot_tools] as head-store",
        "nothing enforces the values of `status`",
        "whoever writes a head chooses its `revision`",
        "`trg_l_hooks`",
        "runs text that it makes",
        "0 of 3 proven for their declared use",
    ] {
        assert!(text.contains(said), "`{said}` is not in\n{text}");
    }
    // Statements to read, which did nothing.
    let before = report["fingerprint"].clone();
    let fixes = asked(&["--fix"]).text();
    assert!(
        fixes.contains("ALTER TABLE public.dot_tools OWNER TO a role"),
        "{fixes}"
    );
    let after = asked(&["--json"]).envelope(carrier_report());
    assert_eq!(after["fingerprint"], before);
}

fn everything(server: &Server) {
    own_store_is_proven(server);
    dot_tools_is_named(server);
}

#[test]
fn private_server_of_15_is_proven_as_it_is() {
    on_version(15, everything);
}

#[test]
fn private_server_of_16_is_proven_as_it_is() {
    on_version(16, everything);
}

#[test]
fn private_server_of_17_is_proven_as_it_is() {
    on_version(17, everything);
}

#[test]
fn private_server_of_18_is_proven_as_it_is() {
    on_version(18, everything);
}

/// What a file can prove, and what it cannot, is said in so many words.
#[test]
fn embedded_store_says_what_no_file_can_prove() {
    let folder = TempDir::new().unwrap();
    let store = "sqlite:holdfast.db";
    run(&mut holdfast(folder.path(), &["init", "--store", store])).exits(0);
    let said: Said = run(&mut prove(folder.path(), store, &[]));
    assert!(
        said.text().contains("A file cannot prove who wrote it"),
        "{}",
        said.text()
    );
    let report = run(&mut prove(folder.path(), store, &["--json"])).envelope(carrier_report());
    assert!(!report["carriers"].as_array().unwrap().is_empty());
    let error = run(&mut prove(folder.path(), store, &["--all"]))
        .exits(2)
        .error();
    assert!(error.cause.unwrap().contains("judged as a whole"));
}
