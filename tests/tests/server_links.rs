//! A link to the server that breaks as an answer is awaited: what was committed is answered as
//! committed or not at all, and what was not is fenced; nothing happens twice.

use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread;

use holdfast_tests::fixture::must;
use holdfast_tests::runs::Run;
use holdfast_tests::server::proxy::{Act, Place, Proxy};
use holdfast_tests::server::scene::{Scene, await_that};
use postgres_lab::{Server, ServerOptions};
use serde_json::json;

const CONSUME: Place = Place::DurableCommit("registrar");

fn through(scene: &Scene, place: Place, act: Act, request: &[u8]) -> Run {
    let proxy = Proxy::to(scene.server(), [(place, act)]);
    let run = scene.register_through(&proxy, request);
    assert!(proxy.is_done(), "{place:?} was never passed: {run:?}");
    run
}

#[test]
fn link_that_breaks_before_the_commit_is_sent_is_answered_as_a_failure_for_good() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let run = through(&scene, CONSUME, Act::Cut, &request);
    assert_fails_for_good(&scene, &request, &run);
}

#[test]
fn link_that_breaks_before_the_commit_is_acknowledged_is_answered_with_the_decision() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let run = through(&scene, CONSUME, Act::LoseAnswer, &request);
    assert_registered(&scene, &request, &run);
    assert_eq!(scene.count("failure_audit"), 0);
}

#[test]
fn link_that_breaks_as_the_commit_is_sent_is_answered_as_it_ended() {
    let scene = Scene::new(4);
    for number in 0..4 {
        let request = scene.fixture.request(number);
        let run = through(&scene, CONSUME, Act::SendAndCut, &request);
        match scene.states(number).as_slice() {
            [state] if state == "consumed" => assert_eq!(run.code, Some(0), "{run:?}"),
            [state] if state == "aborted" => assert_eq!(run.code, Some(3), "{run:?}"),
            states => assert_eq!(states, ["an end"], "{run:?}"),
        }
        assert_eq!(scene.register(&request), run);
        assert!(scene.is_stored(&run.stdout));
    }
    scene.assert_recovers();
}

#[test]
fn link_that_stays_down_after_the_commit_leaves_nothing_answered_and_recovery_finishes_it() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let run = through(&scene, CONSUME, Act::LoseAnswerAndStayDown, &request);
    assert_eq!(run.code, Some(6), "{run:?}");
    assert_eq!(run.stdout, b"");
    assert_eq!(scene.states(0), ["consumed"]);
    scene.assert_sound();
    scene.assert_recovers();
    assert_registered(&scene, &request, &scene.register(&request));
}

#[test]
fn reservation_whose_acknowledgement_was_lost_is_continued() {
    let scene = Scene::new(2);
    for (number, act) in [Act::LoseAnswer, Act::Cut].into_iter().enumerate() {
        let request = scene.fixture.request(number);
        let reserve = Place::AsynchronousCommit("registrar");
        let run = through(&scene, reserve, act, &request);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_eq!(scene.states(number), ["consumed"]);
    }
    assert_eq!(scene.count("failure_audit"), 0);
    scene.assert_recovers();
}

#[test]
fn capture_and_report_whose_acknowledgement_was_lost_are_stored_once() {
    let scene = Scene::new(2);
    let tables = [
        "INSERT INTO holdfast.snapshot",
        "INSERT INTO holdfast.verification_report",
    ];
    for (number, table) in tables.into_iter().enumerate() {
        let request = scene.fixture.request(number);
        let proxy = Arc::new(OnceLock::<Proxy>::new());
        let armed = Arc::downgrade(&proxy);
        // The next commit after this one's rows.
        let arms = Act::Do(Box::new(move || {
            if let Some(proxy) = armed.upgrade().as_deref().and_then(OnceLock::get) {
                let commit = Place::AsynchronousCommit("observer");
                proxy.plan(commit, Act::LoseAnswer);
            }
        }));
        let link = Proxy::to(
            scene.server(),
            [(Place::Statement("observer", table), arms)],
        );
        let proxy: &Proxy = proxy.get_or_init(|| link);
        let run = scene.register_through(proxy, &request);
        assert!(proxy.is_done(), "{table}: {run:?}");
        assert_registered(&scene, &request, &run);
    }
}

#[test]
fn failure_record_whose_acknowledgement_was_lost_is_written_once_and_answered() {
    let scene = Scene::new(2);
    let record = Place::Statement("audit_writer", "record_failure($1");
    // A refusal before anything is reserved, and the end of an attempt.
    let refused = scene.fixture.request_with(0, |request| {
        let path = request.pointer_mut("/request_proposed/artifact_path");
        *must(path.ok_or("no path")) = json!("/somewhere/else");
    });
    let run = through(&scene, record, Act::LoseAnswer, &refused);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(scene.is_stored(&run.stdout));
    assert_eq!(scene.count("failure_audit"), 1);

    let request = scene.fixture.request(1);
    let proxy = Proxy::to(
        scene.server(),
        [(CONSUME, Act::Cut), (record, Act::LoseAnswer)],
    );
    let run = scene.register_through(&proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(run.reject_codes(), ["OUTCOME_ABANDONED"]);
    assert_eq!(scene.count("failure_audit"), 2);
    assert_eq!(scene.register(&request), run);
    scene.assert_recovers();
}

/// A commit that has landed and not returned: a plain read still says that the attempt is reserved.
/// The row lock says nothing before it returns.
#[test]
fn private_server_commit_that_is_still_landing_is_waited_for_at_the_row() {
    let server = must(Server::start(ServerOptions::new()));
    let scene = Scene::on(&server, 1);
    let request = scene.fixture.request(0);
    let (arrived, waiting_for_it) = channel();
    let (go_on, goes_on) = channel::<()>();
    let stops = Act::Do(Box::new(move || {
        must(arrived.send(()));
        must(goes_on.recv());
    }));
    let proxy = Proxy::to(&server, [(CONSUME, stops)]);
    let mut command = scene.registering(&scene.through(&proxy), &request);
    let running = thread::spawn(move || Run::of(&mut command));
    must(waiting_for_it.recv());
    let stalled = Stalled::begin(&scene);
    must(go_on.send(()));
    await_that("the commit waits for its standby", || {
        waits(&scene, &scene.login("registrar"), "SyncRep") == 1
    });
    // The client loses its session; the server's process goes on.
    proxy.break_links_of("registrar");
    await_that("the fence waits at the row", || {
        waits(&scene, &scene.login("audit_writer"), "transactionid") == 1
    });
    assert_eq!(scene.states(0), ["reserved"]);
    drop(stalled);
    let run = must(running.join().map_err(|_| "the program's thread failed"));
    assert_registered(&scene, &request, &run);
    assert_eq!(scene.count("failure_audit"), 0);
}

/// A time in which what was committed waits for a standby that there is not, after it was written.
struct Stalled<'a>(&'a Scene);

impl<'a> Stalled<'a> {
    fn begin(scene: &'a Scene) -> Self {
        let stalled = Self(scene);
        stalled.wait_for("nobody");
        // The server's processes learn of it one by one: it has begun when a commit waits.
        let mut session = scene.session();
        let superuser = scene.server().superuser_name().to_owned();
        thread::spawn(move || {
            let emit = "SELECT pg_logical_emit_message(true, 'a commit', 'to wait')";
            while session.batch_execute(emit).is_ok() {}
        });
        await_that("a commit waits", || {
            waits(scene, &superuser, "SyncRep") == 1
        });
        stalled
    }

    fn wait_for(&self, standby: &str) {
        let mut session = self.0.session();
        let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{standby}'");
        must(session.batch_execute(&set));
        must(session.batch_execute("SELECT pg_reload_conf()"));
    }
}

impl Drop for Stalled<'_> {
    fn drop(&mut self) {
        // Whoever emits has seen enough, and would go on for as long as the server runs.
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE query LIKE '%pg_logical_emit_message%' AND pid <> pg_backend_pid()";
        must(self.0.session().batch_execute(end));
        self.wait_for("");
    }
}

/// How many sessions of a user wait for this.
fn waits(scene: &Scene, user: &str, event: &str) -> i64 {
    let text = "SELECT count(*) FROM pg_stat_activity \
                WHERE usename::text = $1 AND wait_event = $2 AND datname = current_database()";
    must(must(scene.session().query_one(text, &[&user, &event])).try_get(0))
}

/// It was registered once, and is answered so again with the same bytes.
fn assert_registered(scene: &Scene, request: &[u8], run: &Run) {
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(scene.is_stored(&run.stdout));
    let retry = scene.register(request);
    assert_eq!((retry.code, &retry.stdout), (Some(0), &run.stdout));
    scene.assert_recovers();
}

/// The attempt is aborted with its one record, and the target is free for a fresh nonce.
fn assert_fails_for_good(scene: &Scene, request: &[u8], run: &Run) {
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(run.reject_codes(), ["OUTCOME_ABANDONED"]);
    assert_eq!(scene.states(0), ["aborted"]);
    assert_eq!(scene.count("failure_audit"), 1);
    assert!(scene.is_stored(&run.stdout));
    assert_eq!(scene.register(request).stdout, run.stdout);
    let fresh = scene.register(&scene.fixture.request(0));
    assert_eq!(fresh.code, Some(0), "{fresh:?}");
    scene.assert_recovers();
    assert_eq!(scene.count("dot_catalogue"), 1);
}
