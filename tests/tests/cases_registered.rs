//! What is registered in the end: trees, targets that were retired, and what a decision states.

use canonical::{Digest, Nonce};
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{codes, edited, json, registered, rejected, text};
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::interjection::{Envelopes, Interjection, Moment};
use pipeline::{Outcome, Phase};
use records::Records as _;
use serde_json::json;

/// A request for a target's admission as it is now.
fn request_for(fixture: &Fixture, operation: &str, admission: (&str, Digest)) -> Vec<u8> {
    let (admission_ref, artifact_hash) = admission;
    fixture.request_with(0, |request| {
        let id = *embedded::edge::fresh_id().as_bytes();
        let nonce = must(Nonce::mint(id, operation, "dot:DOT_0", &artifact_hash));
        let proposed = &mut request["request_proposed"];
        proposed["operation"] = json!(operation);
        proposed["artifact_hash"] = json!(artifact_hash);
        proposed["admission_ref"] = json!(admission_ref);
        proposed["nonce"] = json!(nonce.to_string());
    })
}

#[test]
fn a_retired_target_is_registered_again_by_its_own_operation_only() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let target = &fixture.targets[0];
    let admission = (target.admission_ref.as_str(), target.artifact_hash);
    let mut pipeline = fixture.pipeline();
    for operation in ["reregister_dot", "retire_dot"] {
        acts.set_action(operation, "catalogue");
    }
    acts.approve("reregister_dot", "DOT_0");
    // Nothing was retired yet.
    rejected(
        &mut pipeline,
        &request_for(&fixture, "reregister_dot", admission),
        &["OPERATION_MISMATCH"],
    );
    let first = registered(&mut pipeline, &fixture.request(0));
    rejected(
        &mut pipeline,
        &request_for(&fixture, "reregister_dot", admission),
        &["HEAD_EXISTS"],
    );
    acts.retire("DOT_0");
    // Its effect is committed for ever.
    rejected(&mut pipeline, &fixture.request(0), &["REPLAY_DUPLICATE"]);
    let second = registered(
        &mut pipeline,
        &request_for(&fixture, "reregister_dot", admission),
    );
    assert_ne!(json(&first)["replay_key"], json(&second)["replay_key"]);
    assert_ne!(
        json(&first)["effect_identity"],
        json(&second)["effect_identity"]
    );
    let heads = fixture.records().history("DOT_0", 9).unwrap().heads;
    let statuses: Vec<&str> = heads.iter().map(|head| head.status.as_str()).collect();
    assert_eq!(statuses, ["retired", "draft"]);
}

#[test]
fn another_artifact_does_not_make_register_dot_fit_a_retired_target() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let mut pipeline = fixture.pipeline();
    registered(&mut pipeline, &fixture.request(0));
    for operation in ["reregister_dot", "retire_dot"] {
        acts.set_action(operation, "catalogue");
    }
    acts.retire("DOT_0");
    let path = fixture.dir.path().join("dots/0.sh");
    std::fs::write(&path, "#!/bin/sh\necho another\n").unwrap();
    let (admission_ref, artifact_hash) = acts.admit("DOT_0", &path, false);
    let admission = (admission_ref.as_str(), artifact_hash);
    for operation in ["register_dot", "reregister_dot"] {
        acts.approve(operation, "DOT_0");
    }
    rejected(
        &mut pipeline,
        &request_for(&fixture, "register_dot", admission),
        &["OPERATION_MISMATCH"],
    );
    registered(
        &mut pipeline,
        &request_for(&fixture, "reregister_dot", admission),
    );
}

#[test]
fn a_tree_registers_until_anything_in_it_changes() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let tree = fixture.dir.path().join("dots/tree");
    std::fs::create_dir_all(tree.join("lib")).unwrap();
    std::fs::write(tree.join("main.sh"), "#!/bin/sh\n. lib/said.sh\n").unwrap();
    std::fs::write(tree.join("lib/said.sh"), "echo said\n").unwrap();
    let (admission_ref, artifact_hash) = acts.admit("DOT_0", &tree, true);
    acts.approve("register_dot", "DOT_0");
    let path = tree.canonicalize().unwrap();
    let request = || {
        let admission = (admission_ref.as_str(), artifact_hash);
        let request = request_for(&fixture, "register_dot", admission);
        edited(&request, |request| {
            request["request_proposed"]["artifact_path"] = json!(path);
            request["request_proposed"]["artifact_type"] = json!("tree");
        })
    };
    let mut pipeline = fixture.pipeline();
    std::fs::write(tree.join("lib/more.sh"), "echo more\n").unwrap();
    let drifted = pipeline.register(&request()).unwrap();
    assert_eq!(drifted.outcome, Outcome::Rejected);
    assert!(codes(&drifted).contains(&"ARTIFACT_DRIFT".to_owned()));
    std::fs::remove_file(tree.join("lib/more.sh")).unwrap();
    registered(&mut pipeline, &request());
    let heads = fixture.records().history("DOT_0", 9).unwrap().heads;
    assert_eq!(heads[0].columns["artifact_type"], json!("tree"));
    assert_eq!(heads[0].columns["artifact_hash"], json!(artifact_hash));
}

/// What a decision says is what its envelopes say: the row, the keys and the references agree.
#[test]
fn a_registered_decision_agrees_with_the_envelopes_that_led_to_it() {
    let fixture = Fixture::new(1);
    let made = Envelopes::default();
    let watcher = Interjection::new(Moment::Before(Phase::Audit), || {})
        .keeping(&made)
        .boxed();
    let mut pipeline = fixture.deployment().pipeline(watcher).unwrap();
    let decided = json(&registered(&mut pipeline, &fixture.request(0)));
    let latest = |slot: &str| json(&made.latest(slot).unwrap());
    let before = json(&made.all("verdict")[0]);
    assert_eq!(decided["verdict_ref"], before["header"]["evidence_hash"]);
    assert_eq!(decided["decision_ref"], before["decision_ref"]);
    assert_eq!(
        decided["gate_report_ref"],
        latest("gate_report")["header"]["evidence_hash"]
    );
    let heads = fixture.records().history("DOT_0", 9).unwrap().heads;
    let columns = &heads[0].columns;
    let attested = &latest("artifact_attestation")["trusted_attested"];
    for name in [
        "canonical_path",
        "origin",
        "artifact_hash",
        "artifact_type",
        "admission_ref",
    ] {
        assert_eq!(columns[name], attested[name], "{name}");
    }
    assert_eq!(
        text(&decided, "/head/row_hash"),
        heads[0].row_hash.to_string()
    );
    assert_eq!(decided["consume"]["replay_key"], columns["replay_key"]);
    assert_eq!(made.all("snapshot").len(), 2);
}
