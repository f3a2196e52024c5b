//! The gate held to a checkpoint that is kept outside the store, as operators meet it.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use canonical::{Form, parse};
use holdfast_tests::acts::Acts;
use holdfast_tests::checkpointed::Checkpointed;
use holdfast_tests::fixture::Fixture;
use holdfast_tests::shell::run;
use serde_json::{Value, json};

#[test]
fn store_that_went_on_from_its_checkpoint_registers() {
    let scene = Checkpointed::new(Fixture::new(3));
    scene.register(0).exits(0);
    scene.keep();
    scene.register(1).exits(0);
    Acts::on(&scene.fixture).add_bystander();
    scene.goes_on(2);
    let explained = run(&mut scene.held(&["gate", "--explain"])).exits(0).text();
    assert!(
        explained.contains("as noted outside the store"),
        "{explained}"
    );
    let kept = scene.kept.to_str().unwrap();
    run(&mut scene.fixture.command(&["audit", "head", "--after", kept])).exits(0);
}

#[test]
fn checkpoint_of_another_store_holds() {
    let (one, other) = (
        Checkpointed::new(Fixture::new(1)),
        Checkpointed::new(Fixture::new(1)),
    );
    other.keep();
    std::fs::copy(&other.kept, &one.kept).unwrap();
    one.holds(0, "`policy` 1");
    one.keep();
    one.goes_on(0);
}

/// A checkpoint with one thing changed.
fn changed(checkpoint: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value = parse(checkpoint, Form::Any).unwrap();
    change(&mut value);
    value.to_string().into_bytes()
}

#[test]
fn checkpoint_that_cannot_be_used_is_an_error_and_never_ignored() {
    let scene = Checkpointed::new(Fixture::new(1));
    scene.keep();
    let good = std::fs::read(&scene.kept).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let set = |member: &'static str, value: Value| {
        changed(&good, |all| {
            all.as_object_mut()
                .unwrap()
                .insert(member.to_owned(), value);
        })
    };
    let without = |member: &str| {
        changed(&good, |all| {
            all.as_object_mut().unwrap().remove(member).unwrap();
        })
    };
    let another = json!({"position": 9, "hash": canonical::Digest::UNSEALED});
    let bad = [
        Vec::new(),
        b"{}".to_vec(),
        b"\xff".to_vec(),
        good.split_last_chunk::<9>().unwrap().0.to_vec(),
        without("last_rows"),
        without("root_hash"),
        set("last_rows", json!({})),
        set("last_rows", json!({"ledger": {"position": 1}})),
        set("last_rows", json!({"no table": another})),
        set("note", json!("more")),
        text.replace("\"policy\":", &format!("\"policy\":{another},\"policy\":"))
            .into_bytes(),
        [
            good.clone(),
            vec![b' '; canonical::SIZE_MAX_BYTES],
            b"x".to_vec(),
        ]
        .concat(),
    ];
    let refused = |what: &str| {
        run(&mut scene.held(&["gate"])).exits(2);
        run(&mut scene.held(&["recover"])).exits(2);
        for plan in [true, false] {
            let error = scene.register_held(0, plan).exits(2).error();
            let next = error.next.unwrap();
            assert!(
                next.contains("checkpoint of flag --checkpoint"),
                "{what}: {next}"
            );
        }
    };
    for bytes in bad {
        std::fs::write(&scene.kept, &bytes).unwrap();
        refused(&String::from_utf8_lossy(&bytes));
    }
    std::fs::remove_file(&scene.kept).unwrap();
    refused("no file");
    std::fs::create_dir(&scene.kept).unwrap();
    refused("a folder");
    assert_eq!(scene.heads(0), 0);
    std::fs::remove_dir(&scene.kept).unwrap();
    std::fs::write(&scene.kept, &good).unwrap();
    scene.goes_on(0);
}
