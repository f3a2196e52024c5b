//! A link to the server that swallows everything and tells nobody: whoever waits for an answer gives
//! up, says who waited for what, and answers nothing that is not stored.

use holdfast_tests::runs::Run;
use holdfast_tests::server::proxy::{Act, Place, Proxy};
use holdfast_tests::server::scene::Scene;

const CONSUME: Place = Place::DurableCommit("registrar");

/// Registers over this link, waiting two seconds for each answer.
fn register(scene: &Scene, proxy: &Proxy, request: &[u8]) -> Run {
    let address = format!("{}?answer_timeout=2", scene.through(proxy));
    Run::of(&mut scene.registering(&address, request))
}

#[test]
fn commit_whose_answer_is_swallowed_is_answered_over_another_session() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let proxy = Proxy::to(scene.server(), [(CONSUME, Act::SendAndSwallow)]);
    let run = register(&scene, &proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(scene.is_stored(&run.stdout));
    assert_eq!(scene.count("failure_audit"), 0);
    assert_eq!(scene.register(&request).stdout, run.stdout);
    scene.assert_recovers();
}

#[test]
fn commit_that_is_swallowed_is_answered_when_the_server_has_given_its_session_up() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let proxy = Proxy::to(scene.server(), [(CONSUME, Act::Swallow)]);
    let run = register(&scene, &proxy, &request);
    assert!(proxy.is_done());
    // The server still waits for the commit, and holds the attempt's row for it.
    assert_eq!(run.code, Some(6), "{run:?}");
    assert_eq!(run.stdout, b"");
    assert_eq!(scene.states(0), ["reserved"]);
    proxy.break_links_of("");
    scene.assert_recovers();
    assert_eq!(scene.states(0), ["aborted"]);
    let fresh = scene.register(&scene.fixture.request(0));
    assert_eq!(fresh.code, Some(0), "{fresh:?}");
}

#[test]
fn commit_after_which_the_server_is_never_heard_of_leaves_nothing_answered() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let proxy = Proxy::to(scene.server(), [(CONSUME, Act::SendAndSwallowAll)]);
    let run = register(&scene, &proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(run.code, Some(6), "{run:?}");
    assert_eq!(run.stdout, b"");
    assert_eq!(scene.states(0), ["consumed"]);
    scene.assert_sound();
    scene.assert_recovers();
    let again = scene.register(&request);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(scene.is_stored(&again.stdout));
}

#[test]
fn read_that_is_swallowed_is_asked_once_more() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let read = Place::Statement("owner_resolver", "holdfast.");
    let proxy = Proxy::to(scene.server(), [(read, Act::Swallow)]);
    let run = register(&scene, &proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(run.code, Some(0), "{run:?}");
}

#[test]
fn reads_that_are_all_swallowed_are_given_up_by_name_and_burn_nothing() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let swallowed = || {
        let read = Place::Statement("owner_resolver", "holdfast.");
        (read, Act::Swallow)
    };
    let proxy = Proxy::to(scene.server(), [swallowed(), swallowed()]);
    let run = register(&scene, &proxy, &request);
    assert!(proxy.is_done());
    assert_eq!(run.code, Some(6), "{run:?}");
    assert_eq!(run.stdout, b"");
    for part in ["no answer for 2 s", &scene.login("owner_resolver")] {
        assert!(run.stderr.contains(part), "no `{part}` in {}", run.stderr);
    }
    assert_eq!(scene.count("attempt"), 0);
    let again = scene.register(&request);
    assert_eq!(again.code, Some(0), "{again:?}");
}

#[test]
fn server_that_never_answers_a_new_session_is_given_up_by_name() {
    let scene = Scene::new(1);
    let request = scene.fixture.request(0);
    let proxy = Proxy::to(scene.server(), []);
    proxy.swallow_new_sessions();
    let run = register(&scene, &proxy, &request);
    assert_eq!(run.code, Some(6), "{run:?}");
    assert_eq!(run.stdout, b"");
    let reader = scene.login("reader");
    for part in ["no answer for 2 s", &reader, "check the network"] {
        assert!(run.stderr.contains(part), "no `{part}` in {}", run.stderr);
    }
}
