//! What a server does to its clients in the middle of a registration: sessions that are ended, locks
//! that do not come free, deadlocks and serialization failures, a gate that closes, an audit sink
//! that takes nothing, a verifier that may not log in, a clock that has passed the end.

use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};

use canonical::Timestamp;
use holdfast_tests::fixture::must;
use holdfast_tests::runs::Run;
use holdfast_tests::server::proxy::{Act, Place, Proxy};
use holdfast_tests::server::scene::{Scene, await_that};
use postgres_lab::Server;
use postgres_lab::postgres::Client;
use serde_json::json;

const LOCK: Place = Place::Statement("registrar", "lock_authority");
const HEADS: Place = Place::Statement("registrar", "INSERT INTO holdfast.dot_catalogue");
const KEYS: Place = Place::Statement("registrar", "INSERT INTO holdfast.ledger");
const DECISIONS: Place = Place::Statement("registrar", "INSERT INTO holdfast.decision");
const TRANSITIONS: Place = Place::Statement("registrar", "SET state = 'consumed'");
const COMMIT: Place = Place::DurableCommit("registrar");

/// Statements that the superuser runs when their time has come.
fn does(scene: &Scene, statements: String) -> Act {
    let (server, name) = whereabouts(scene);
    Act::Do(Box::new(move || {
        let mut session = must(server.connect(&name));
        must(session.batch_execute(&statements));
    }))
}

fn whereabouts(scene: &Scene) -> (Server, String) {
    let database = scene.fixture.place.database();
    (database.server().clone(), database.name().to_owned())
}

/// Ends every session of a role.
fn ends(scene: &Scene, role: &str) -> Act {
    let login = scene.login(role);
    does(
        scene,
        format!(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity \
             WHERE usename = '{login}' AND datname = current_database()"
        ),
    )
}

#[test]
fn session_that_is_ended_inside_the_write_wrote_nothing_and_another_writes() {
    let places = [LOCK, HEADS, KEYS, DECISIONS, TRANSITIONS];
    let scene = Scene::new(places.len());
    for (number, place) in places.into_iter().enumerate() {
        let proxy = Proxy::to(scene.server(), [(place, ends(&scene, "registrar"))]);
        let run = scene.register_through(&proxy, &scene.fixture.request(number));
        assert!(proxy.is_done(), "{place:?}");
        assert_eq!(run.code, Some(0), "{place:?}: {run:?}");
        assert!(scene.is_stored(&run.stdout), "{place:?}");
        assert_eq!(scene.states(number), ["consumed"], "{place:?}");
    }
    assert_eq!(scene.count("failure_audit"), 0);
    scene.assert_recovers();
}

#[test]
fn session_that_is_ended_before_its_commit_arrives_is_fenced() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let proxy = Proxy::to(scene.server(), [(COMMIT, ends(&scene, "registrar"))]);
    let run = scene.register_through(&proxy, &request);
    assert!(proxy.is_done());
    assert_abandoned(&scene, &request, &run);
}

#[test]
fn sessions_of_observer_and_audit_writer_that_are_ended_are_replaced() {
    let scene = Scene::new(2);
    let capture = Place::Statement("observer", "INSERT INTO holdfast.snapshot");
    let report = Place::Statement("observer", "INSERT INTO holdfast.verification_report");
    let proxy = Proxy::to(
        scene.server(),
        [
            (capture, ends(&scene, "observer")),
            (report, ends(&scene, "observer")),
        ],
    );
    let run = scene.register_through(&proxy, &scene.fixture.request(0));
    assert!(proxy.is_done());
    assert_eq!(run.code, Some(0), "{run:?}");
    let record = Place::Statement("audit_writer", "record_failure($1");
    let proxy = Proxy::to(
        scene.server(),
        [(COMMIT, Act::Cut), (record, ends(&scene, "audit_writer"))],
    );
    let request = scene.fixture.request(1);
    let run = scene.register_through(&proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(scene.register(&request), run);
    assert_eq!(scene.count("failure_audit"), 1);
    scene.assert_recovers();
}

#[test]
fn session_that_is_ended_as_it_waits_for_a_lock_is_replaced() {
    let scene = Scene::new(1);
    let mut holder = scene.session();
    let mut holding = must(holder.transaction());
    must(holding.batch_execute(
        "SELECT 1 FROM holdfast.authority_head WHERE scope_key = 'dot:DOT_0' FOR UPDATE",
    ));
    let running = start(&scene, &scene.fixture.url(), &scene.fixture.request(0));
    await_that("the registrar waits", || waiting(&scene, "registrar") > 0);
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE usename::text = $1 AND wait_event_type = 'Lock'";
    must(scene.session().execute(ended, &[&scene.login("registrar")]));
    await_that("another session waits", || waiting(&scene, "registrar") > 0);
    must(holding.rollback());
    let run = joined(running);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(scene.count("failure_audit"), 0);
    scene.assert_recovers();
}

#[test]
fn lock_that_never_comes_free_ends_the_attempt_and_the_next_one_registers() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let mut holder = scene.session();
    let mut holding = must(holder.transaction());
    must(holding.batch_execute(
        "SELECT 1 FROM holdfast.authority_head WHERE scope_key = 'dot:DOT_0' FOR UPDATE",
    ));
    let proxy = Proxy::to(scene.server(), []);
    let run = scene.register_through(&proxy, &request);
    must(holding.rollback());
    // Once, and three times again.
    assert_eq!(proxy.refusals(), ["55P03"; 4]);
    assert_abandoned(&scene, &request, &run);
}

/// The registrar holds the authority heads and wants its attempt; somebody else holds the attempt
/// and wants the heads. The server ends the registrar's transaction.
#[test]
fn deadlock_is_tried_again() {
    let scene = Scene::new(1);
    let (server, name) = whereabouts(&scene);
    let registrar = scene.login("registrar");
    let (go, gone) = channel::<()>();
    let (is_held, held) = channel::<()>();
    let opposite = thread::spawn(move || {
        must(gone.recv());
        let mut session = must(server.connect(&name));
        // Whoever looks for a deadlock first is the one to give way.
        must(session.batch_execute("SET deadlock_timeout = '60s'"));
        let mut other = must(session.transaction());
        must(other.batch_execute("SELECT 1 FROM holdfast.attempt FOR NO KEY UPDATE"));
        must(is_held.send(()));
        let mut looking = must(server.connect(&name));
        await_that("the registrar waits for its attempt", || {
            waiting_as(&mut looking, &registrar) > 0
        });
        let heads = "SELECT 1 FROM holdfast.authority_head ORDER BY scope_key DESC FOR UPDATE";
        let locked = other.batch_execute(heads);
        must(other.rollback());
        locked
    });
    let stops = Act::Do(Box::new(move || {
        must(go.send(()));
        must(held.recv());
    }));
    let proxy = Proxy::to(scene.server(), [(LOCK, stops)]);
    let run = scene.register_through(&proxy, &scene.fixture.request(0));
    must(must(
        opposite.join().map_err(|_| "the other session failed"),
    ));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(proxy.refusals(), ["40P01"]);
    assert_eq!(scene.states(0), ["consumed"]);
    scene.assert_recovers();
}

/// Under READ COMMITTED the server ends no transaction so. One that is made to run under another
/// isolation meets an authority head that moved after its snapshot.
#[test]
fn serialization_failure_is_tried_again() {
    let scene = Scene::new(1);
    let mut mover = scene.session();
    let mut moving = must(mover.transaction());
    must(moving.batch_execute(
        "UPDATE holdfast.authority_head SET version = version + 1 WHERE scope_key = '*'",
    ));
    let stricter = Act::Replace("BEGIN ISOLATION LEVEL REPEATABLE READ");
    let proxy = Proxy::to(scene.server(), [(Place::Begin("registrar"), stricter)]);
    let running = start(&scene, &scene.through(&proxy), &scene.fixture.request(0));
    await_that("the registrar waits", || waiting(&scene, "registrar") > 0);
    must(moving.commit());
    let run = joined(running);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(proxy.refusals(), ["40001"]);
    assert_eq!(scene.states(0), ["consumed"]);
    assert_eq!(scene.count("failure_audit"), 0);
    scene.assert_recovers();
}

#[test]
fn gate_that_closes_between_its_report_and_the_write_is_met_there() {
    let flips = [
        "CREATE FUNCTION public.foreign_to_it() RETURNS trigger LANGUAGE plpgsql \
           AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER foreign_to_it BEFORE INSERT ON holdfast.dot_catalogue \
           FOR EACH ROW EXECUTE FUNCTION public.foreign_to_it()",
        "GRANT INSERT ON holdfast.dot_catalogue TO PUBLIC",
    ];
    let mends = [
        "DROP FUNCTION public.foreign_to_it CASCADE",
        "REVOKE INSERT ON holdfast.dot_catalogue FROM PUBLIC",
    ];
    // Before the write looks at the catalogs, and after it looked and before it writes.
    for place in [LOCK, HEADS] {
        let scene = Scene::new(flips.len());
        for (number, (flip, mend)) in flips.iter().zip(mends).enumerate() {
            let request = scene.fixture.request(number);
            let proxy = Proxy::to(scene.server(), [(place, does(&scene, (*flip).to_owned()))]);
            let run = scene.register_through(&proxy, &request);
            assert!(proxy.is_done(), "{place:?}: {flip}");
            assert_eq!(run.code, Some(4), "{place:?}: {flip}: {run:?}");
            assert_eq!(
                run.reject_codes(),
                ["GATE_REPORT_STALE"],
                "{place:?}: {flip}"
            );
            assert_eq!(scene.states(number), ["aborted"]);
            assert!(scene.is_stored(&run.stdout));
            must(scene.session().batch_execute(mend));
            let fresh = scene.register(&scene.fixture.request(number));
            assert_eq!(fresh.code, Some(0), "{place:?}: {flip}: {fresh:?}");
        }
        scene.assert_recovers();
    }
}

#[test]
fn failure_that_cannot_be_recorded_is_not_answered_until_it_can_be() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let function = "EXECUTE ON FUNCTION holdfast.record_failure(uuid, bytea, text, bytea, bytea, \
                    bytea, boolean, uuid, bigint, text, bytea)";
    let login = scene.login("audit_writer");
    let revoke = format!("REVOKE {function} FROM {login}");
    let proxy = Proxy::to(scene.server(), [(LOCK, does(&scene, revoke))]);
    let run = scene.register_through(&proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(
        (run.code, run.stdout.as_slice()),
        (Some(6), &b""[..]),
        "{run:?}"
    );
    assert_eq!(scene.states(0), ["reserved"]);
    assert_eq!(scene.count("failure_audit"), 0);
    scene.assert_sound();
    assert_eq!(scene.recover().code, Some(6));
    assert_eq!(scene.states(0), ["reserved"]);
    let grant = format!("GRANT {function} TO {login}");
    must(scene.session().batch_execute(&grant));
    scene.assert_recovers();
    let retry = scene.register(&request);
    assert_abandoned(&scene, &request, &retry);
}

#[test]
fn registration_that_cannot_be_verified_is_pending_until_it_can_be() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let login = scene.login("verifier");
    let alter = |right: &str| format!("ALTER ROLE {login} {right}");
    let proxy = Proxy::to(scene.server(), [(COMMIT, does(&scene, alter("NOLOGIN")))]);
    let run = scene.register_through(&proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(
        (run.code, run.stdout.as_slice()),
        (Some(6), &b""[..]),
        "{run:?}"
    );
    assert_eq!(scene.states(0), ["consumed"]);
    scene.assert_sound();
    assert_eq!(scene.recover().code, Some(6));
    assert_eq!(scene.register(&request).code, Some(6));
    must(scene.session().batch_execute(&alter("LOGIN")));
    scene.assert_recovers();
    let retry = scene.register(&request);
    assert_eq!(retry.code, Some(0), "{retry:?}");
    assert!(scene.is_stored(&retry.stdout));
    assert_eq!(scene.count("failure_audit"), 0);
}

#[test]
fn session_of_the_verifier_that_is_ended_is_replaced_once() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let reread = Place::Statement("verifier", "FROM holdfast.decision");
    let proxy = Proxy::to(scene.server(), [(reread, ends(&scene, "verifier"))]);
    let run = scene.register_through(&proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(run.code, Some(0), "{run:?}");
    scene.assert_recovers();
}

#[test]
fn verifier_whose_sessions_are_all_ended_leaves_the_answer_pending() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let reread = || Place::Statement("verifier", "FROM holdfast.decision");
    let ended = || (reread(), ends(&scene, "verifier"));
    let proxy = Proxy::to(scene.server(), [ended(), ended()]);
    let run = scene.register_through(&proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(
        (run.code, run.stdout.as_slice()),
        (Some(6), &b""[..]),
        "{run:?}"
    );
    assert_eq!(scene.states(0), ["consumed"]);
    scene.assert_recovers();
    assert_eq!(scene.register(&request).code, Some(0));
}

/// The server's clock decides, and by it the end has passed before the write.
#[test]
fn attempt_whose_end_passes_before_the_write_writes_nothing() {
    const LASTS_MS: u64 = 8_000;
    let scene = Scene::new(1);
    let ends_at = must(
        embedded::edge::now()
            .checked_add_millis(LASTS_MS)
            .ok_or("no such instant"),
    );
    let request = scene.fixture.request_with(0, |request| {
        let end = request.pointer_mut("/header/expires_at");
        *must(end.ok_or("no end")) = json!(ends_at);
    });
    let proxy = Proxy::to(scene.server(), [(LOCK, waits_until(&scene, ends_at))]);
    let run = scene.register_through(&proxy, &request);
    assert!(proxy.is_done(), "{run:?}");
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(run.reject_codes(), ["ENVELOPE_STALE"]);
    assert_eq!(scene.states(0), ["aborted"]);
    assert!(scene.is_stored(&run.stdout));
    assert_eq!(scene.register(&request), run);
    assert_eq!(scene.register(&scene.fixture.request(0)).code, Some(0));
    scene.assert_recovers();
}

fn waits_until(scene: &Scene, instant: Timestamp) -> Act {
    let until = instant.to_string();
    does(
        scene,
        format!(
            "SELECT pg_sleep(greatest(0, \
               extract(epoch FROM '{until}'::timestamptz - clock_timestamp()) + 0.01))"
        ),
    )
}

/// The attempt is aborted with its one record, and the target is free for a fresh nonce.
fn assert_abandoned(scene: &Scene, request: &[u8], run: &Run) {
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(run.reject_codes(), ["OUTCOME_ABANDONED"]);
    assert_eq!(scene.states(0), ["aborted"]);
    assert_eq!(scene.count("failure_audit"), 1);
    assert!(scene.is_stored(&run.stdout));
    assert_eq!(scene.register(request).stdout, run.stdout);
    let fresh = scene.register(&scene.fixture.request(0));
    assert_eq!(fresh.code, Some(0), "{fresh:?}");
    scene.assert_recovers();
}

fn start(scene: &Scene, address: &str, request: &[u8]) -> JoinHandle<Run> {
    let mut command = scene.registering(address, request);
    thread::spawn(move || Run::of(&mut command))
}

fn joined(running: JoinHandle<Run>) -> Run {
    must(running.join().map_err(|_| "the program's thread failed"))
}

/// How many sessions of a role wait for a lock.
fn waiting(scene: &Scene, role: &str) -> i64 {
    waiting_as(&mut scene.session(), &scene.login(role))
}

fn waiting_as(session: &mut Client, login: &str) -> i64 {
    let text = "SELECT count(*) FROM pg_stat_activity \
                WHERE usename::text = $1 AND wait_event_type = 'Lock'";
    must(must(session.query_one(text, &[&login])).try_get(0))
}
