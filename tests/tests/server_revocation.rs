//! Authority that is taken back while the write runs: in its transaction, or about to be. Whichever
//! commits first is right, and the other one takes it into account.

use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use holdfast_tests::acts::Acts;
use holdfast_tests::answered::json;
use holdfast_tests::fixture::must;
use holdfast_tests::runs::Run;
use holdfast_tests::server::proxy::{Act, Place, Proxy};
use holdfast_tests::server::scene::{Scene, await_that};
use holdfast_tests::shell::holdfast;

/// How many sessions of a role wait for somebody else's lock.
fn waiting(scene: &Scene, role: &str) -> i64 {
    let text = "SELECT count(*) FROM pg_stat_activity \
                WHERE usename::text = $1 AND wait_event_type = 'Lock'";
    let login = scene.login(role);
    must(must(scene.session().query_one(text, &[&login])).try_get(0))
}

/// A process whose session stops at a place until it is let go.
struct Stopped {
    running: JoinHandle<Run>,
    go_on: Sender<()>,
    _link: Proxy,
}

impl Stopped {
    /// Runs what is given the link's address, and waits until it is at the place.
    fn at(scene: &Scene, place: Place, command: impl FnOnce(&str) -> Command) -> Self {
        let (arrived, waiting_for_it) = channel();
        let (go_on, goes_on) = channel::<()>();
        let stops = Act::Do(Box::new(move || {
            must(arrived.send(()));
            must(goes_on.recv());
        }));
        let link = Proxy::to(scene.server(), [(place, stops)]);
        let mut command = command(&scene.through(&link));
        let running = thread::spawn(move || Run::of(&mut command));
        must(waiting_for_it.recv());
        Self {
            running,
            go_on,
            _link: link,
        }
    }

    fn ends(self) -> Run {
        must(self.go_on.send(()));
        must(
            self.running
                .join()
                .map_err(|_| "the program's thread failed"),
        )
    }
}

/// Between the locks of the write and its commit: the revocation waits, and comes after.
#[test]
fn revocation_that_comes_between_the_locks_and_the_commit_comes_after_it() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let commit = Place::DurableCommit("registrar");
    let landing = Stopped::at(&scene, commit, |address| {
        scene.registering(address, &request)
    });
    let acts = Acts::on(&scene.fixture);
    let revoking = thread::spawn(move || acts.revoke_owner("DOT_0"));
    await_that("the revocation waits", || waiting(&scene, "authority") == 1);
    assert_eq!(scene.states(0), ["reserved"]);
    let run = landing.ends();
    assert!(revoking.join().is_ok());
    assert_eq!(scene.states(0), ["consumed"]);
    // An owner who changes under the write is noticed by whoever verifies it, if he came first.
    match run.code {
        Some(0) => assert_eq!(json(&run.stdout)["outcome"], "registered"),
        code => {
            assert_eq!(code, Some(5), "{run:?}");
            let codes = run.reject_codes();
            assert!(
                codes.contains(&"VERIFICATION_FAILED".to_owned()),
                "{codes:?}"
            );
        }
    }
    scene.assert_sound();
    // Held, or refused for want of an owner; registered by nobody.
    let late = scene.register(&scene.fixture.request(0));
    assert!(matches!(late.code, Some(3 | 4)), "{late:?}");
    assert_eq!(scene.count("dot_catalogue"), 1);
}

/// A transaction of the authority's that has not ended when the write looks for what it rests on.
#[test]
fn revocation_that_is_landing_when_the_write_begins_is_waited_for_and_stops_it() {
    let scene = Scene::new(2);
    let request = scene.fixture.request(0);
    let owner = Acts::on(&scene.fixture).one("ownership", &[("object_ref", "DOT_0")]);
    let commit = Place::DurableCommit("authority");
    let landing = Stopped::at(&scene, commit, |address| {
        let folder = scene.fixture.dir.path();
        let mut command = holdfast(folder, &["authority", "owner", "revoke", &owner]);
        command.args(["--store", address]).env(
            "HOLDFAST_CREDENTIALS",
            scene.fixture.place.credentials().directory(),
        );
        command
    });
    let mut command = scene.registering(&scene.fixture.url(), &request);
    let registering = thread::spawn(move || Run::of(&mut command));
    await_that("the write waits", || waiting(&scene, "registrar") == 1);
    let revoked = landing.ends();
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    let run = must(
        registering
            .join()
            .map_err(|_| "the program's thread failed"),
    );
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(run.reject_codes(), ["LIFECYCLE_CHANGED_POST_ISSUANCE"]);
    assert_eq!(scene.states(0), ["aborted"]);
    assert_eq!(scene.count("dot_catalogue"), 0);
    let other = scene.register(&scene.fixture.request(1));
    assert_eq!(other.code, Some(0), "{other:?}");
    scene.assert_recovers();
}
