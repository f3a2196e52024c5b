//! A server whose disk is full: nothing is answered that is not there, and nothing is left half done
//! when there is room again.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use holdfast_tests::disk::{SmallDisk, fill};
use holdfast_tests::fixture::must;
use holdfast_tests::server::proxy::{Act, Place, Proxy};
use holdfast_tests::server::scene::Scene;
use postgres_lab::{Server, ServerOptions};
use tempfile::TempDir;

/// Room for an empty server with a small log, and a store; other users get through.
const OPTIONS: &str = "size=160m,mode=0755";

#[test]
fn private_server_without_room_answers_nothing_and_recovers_when_there_is_some() {
    let folder = must(TempDir::new());
    must(fs::set_permissions(
        folder.path(),
        Permissions::from_mode(0o755),
    ));
    let disk = SmallDisk::mount(&folder.path().join("disk"), OPTIONS);
    let server = must(Server::start(small(&disk)));
    let places = [
        Place::Statement("registrar", "lock_authority"),
        Place::DurableCommit("registrar"),
    ];
    let scene = Scene::on(&server, places.len() + 1);
    for (number, place) in places.into_iter().enumerate() {
        let request = scene.fixture.request(number);
        let (filler, mut superuser) = (disk.filler(), must(server.connect("postgres")));
        let fills = Act::Do(Box::new(move || {
            // What is logged next needs a new file, wherever in the last one the log had come to.
            must(superuser.batch_execute("SELECT pg_switch_wal()"));
            fill(&filler);
        }));
        let proxy = Proxy::to(&server, [(place, fills)]);
        let run = scene.register_through(&proxy, &request);
        assert!(proxy.is_done(), "{place:?}: {run:?}");
        assert_eq!(run.code, Some(6), "{place:?}: {run:?}");
        assert_eq!(run.stdout, b"", "{place:?}");
        assert!(server.log().contains("No space left on device"));
        disk.make_room();
        // It may have stopped by itself, in the middle of writing its log.
        must(server.kill_9());
        must(server.start_again());
        scene.assert_sound();
        scene.assert_recovers();
        let retry = scene.register(&request);
        assert!(scene.is_stored(&retry.stdout), "{place:?}: {retry:?}");
    }
    let run = scene.register(&scene.fixture.request(places.len()));
    assert_eq!(run.code, Some(0), "{run:?}");
    scene.assert_recovers();
}

/// A server that writes its log into new room, and so needs some; no checkpoint makes any by removing
/// what was logged before, nothing is logged but what is done, and a server that could not write its
/// log stays down, where one that recovers by itself would remove what it has read.
fn small(disk: &SmallDisk) -> ServerOptions {
    ServerOptions::new()
        .durable()
        .data_in(disk.path())
        .setting("shared_buffers", "8MB")
        .setting("min_wal_size", "32MB")
        .setting("max_wal_size", "1GB")
        .setting("checkpoint_timeout", "1h")
        .setting("restart_after_crash", "off")
        .setting("wal_level", "minimal")
        .setting("max_wal_senders", "0")
        .setting("wal_recycle", "off")
        .setting("wal_init_zero", "off")
}
