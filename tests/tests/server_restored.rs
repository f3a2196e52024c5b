//! A server that was put back to an old copy of itself: it has forgotten what was registered since,
//! and what was noted outside it holds the gate.

use std::path::Path;
use std::process::Command;

use holdfast_tests::fixture::must;
use holdfast_tests::runs::Run;
use holdfast_tests::server::scene::Scene;
use postgres_lab::{PrivateServer, Server, ServerOptions, StopMode};
use tempfile::TempDir;

/// What the program says of this store, held to nothing or to a checkpoint.
fn said(scene: &Scene, verb: &str, rest: &[&str], checkpoint: Option<&Path>) -> Run {
    let mut command = scene.program(&scene.fixture.url(), verb);
    command.args(rest);
    Run::of(held_to(&mut command, checkpoint))
}

fn held_to<'a>(command: &'a mut Command, checkpoint: Option<&Path>) -> &'a mut Command {
    match checkpoint {
        Some(file) => command.arg("--checkpoint").arg(file),
        None => command,
    }
}

/// The exit code of the gate, and the codes with which it holds.
fn gate(scene: &Scene, checkpoint: Option<&Path>) -> (Option<i32>, Vec<String>) {
    let run = said(scene, "gate", &[], checkpoint);
    (run.code, run.reject_codes())
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
    let head = said(&scene, "audit", &["head"], None);
    assert_eq!(head.code, Some(0), "{head:?}");
    let kept = folder.path().join("head.json");
    must(std::fs::write(&kept, head.stdout));
    let open = (Some(0), Vec::new());
    assert_eq!(gate(&scene, Some(&kept)), open);

    while_stopped(&server, &copy, &data);
    assert_eq!(scene.count("decision"), 1);
    scene.assert_sound();
    let behind = ["REGISTRATION_HOLD", "RESTORED_STORE_BEHIND_CHECKPOINT"].map(str::to_owned);
    let refused = (Some(4), behind.to_vec());
    assert_eq!(gate(&scene, Some(&kept)), refused);
    let mut again = scene.registering(&scene.fixture.url(), &scene.fixture.request(1));
    let run = Run::of(held_to(&mut again, Some(&kept)));
    assert_eq!((run.code, run.reject_codes()), refused);
    assert_eq!(scene.count("decision"), 1);
    // Nothing inside the store can tell.
    assert_eq!(gate(&scene, None), open);
    // Nor does it help that as much is registered again.
    let run = scene.register(&scene.fixture.request(1));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(gate(&scene, Some(&kept)), refused);
}
