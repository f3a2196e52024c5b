//! A server that was put back to an old copy of itself: it has forgotten what was registered since,
//! and what was noted outside it holds the gate.

use std::path::Path;
use std::process::Command;

use canonical::Timestamp;
use holdfast_tests::answered::{json, texts};
use holdfast_tests::fixture::must;
use holdfast_tests::server::scene::Scene;
use postgres_lab::{PrivateServer, Server, ServerOptions, StopMode};
use records::RecordedCheckpoint;
use store_postgres::GateFacts;
use tempfile::TempDir;

fn facts(scene: &Scene, noted: Option<RecordedCheckpoint>) -> GateFacts {
    match &scene.fixture.store {
        deployment::Store::Postgres(store) => must(GateFacts::new(store, true, noted)),
        deployment::Store::Sqlite(_) => must(Err("a scene is on a server")),
    }
}

/// The codes with which the gate holds; none where it is open.
fn gate(scene: &Scene, noted: Option<RecordedCheckpoint>) -> Vec<String> {
    let now: Timestamp = embedded::edge::now();
    let report = gate::evaluate(&mut facts(scene, noted), now, "register_dot");
    texts(&json(&must(report).gate_report), "/reject_codes")
}

/// Stops the server, has its data copied from one place to another, and starts it again.
fn while_stopped(server: &PrivateServer, from: &Path, to: &Path) {
    must(server.stop(StopMode::Fast));
    if to.exists() {
        must(std::fs::remove_dir_all(to));
    }
    let copied = must(Command::new("cp").arg("-a").args([from, to]).status());
    assert!(copied.success());
    must(server.start_again());
}

#[test]
fn private_server_put_back_to_an_old_copy_is_held_by_what_was_noted_outside_it() {
    let server = must(Server::start(ServerOptions::new()));
    let scene = Scene::on(&server, 2);
    let run = scene.register(&scene.fixture.request(0));
    assert_eq!(run.code, Some(0), "{run:?}");
    let (folder, data) = (must(TempDir::new()), server.data_dir());
    let copy = folder.path().join("copy");
    while_stopped(&server, &data, &copy);
    let run = scene.register(&scene.fixture.request(1));
    assert_eq!(run.code, Some(0), "{run:?}");
    let noted = must(facts(&scene, None).reached());
    assert_eq!(gate(&scene, Some(noted)), [""; 0]);

    while_stopped(&server, &copy, &data);
    assert_eq!(scene.count("decision"), 1);
    scene.assert_sound();
    let behind = ["REGISTRATION_HOLD", "RESTORED_STORE_BEHIND_CHECKPOINT"];
    assert_eq!(gate(&scene, Some(noted)), behind);
    // Nothing inside the store can tell.
    assert_eq!(gate(&scene, None), [""; 0]);
}
