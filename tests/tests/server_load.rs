//! Many clients on one server, killed at random instants, and so are the server's sessions and the
//! server itself: no answer that anybody saw is lost, nothing happens twice, and recovery leaves
//! nothing open.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use deployment::{AnyPipeline, Deployment, Unwatched};
use holdfast_tests::answered;
use holdfast_tests::fixture::must;
use holdfast_tests::program::holdfast_with_crash_points;
use holdfast_tests::runs::{ABORTED, CRASH_AT, Kill, Run, kill};
use holdfast_tests::server::journal::Journal;
use holdfast_tests::server::random::Random;
use holdfast_tests::server::scene::Scene;
use pipeline::Outcome;
use postgres_lab::{PrivateServer, Server, ServerOptions, StopMode};

/// Targets of the processes, and of the pipelines that share batches in this process: more than are
/// registered before enough was killed, so that the load never runs dry.
const TARGETS: usize = 96;
const BATCHED: usize = 96;

const CLIENTS: usize = 4;
const PIPELINES: usize = 4;

/// What has to be killed at least, of each kind; with the sessions, fifty in all.
const CLIENTS_KILLED: usize = 25;
const RESTARTS: usize = 4;

/// Sessions ended between one restart and the next.
const SESSIONS_EACH: usize = 6;

/// How long the load may go on before the test gives up on it.
const LOAD_MAX: Duration = Duration::from_mins(5);

/// What the clients of one run have in common.
struct Load<'a> {
    scene: &'a Scene,
    journal: Journal,
    /// What each request was answered for good.
    decided: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    requests: Mutex<Vec<Vec<Vec<u8>>>>,
    killed: AtomicUsize,
    ended: AtomicUsize,
    restarts: AtomicUsize,
    /// How long a process takes that nobody kills while it has the machine to itself.
    usual: Duration,
    is_over: AtomicBool,
}

#[test]
fn private_server_under_load_and_kills_loses_no_answer_and_leaves_nothing_open() {
    let mut random = Random::seeded();
    let server = must(Server::start(ServerOptions::new().durable()));
    let scene = Scene::on(&server, TARGETS + BATCHED + 1);
    let load = Load {
        journal: Journal::create(&scene.fixture.dir.path().join("journal")),
        decided: Mutex::default(),
        requests: Mutex::new(vec![Vec::new(); TARGETS + BATCHED]),
        killed: AtomicUsize::new(0),
        ended: AtomicUsize::new(0),
        restarts: AtomicUsize::new(0),
        usual: unhurried(&scene),
        is_over: AtomicBool::new(false),
        scene: &scene,
    };
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let random = random.fork();
            scope.spawn(|| load.clients(random));
        }
        let deployment = deployment(&scene);
        for _ in 0..PIPELINES {
            let random = random.fork();
            let pipeline = must(deployment.pipeline(Box::new(Unwatched)));
            scope.spawn(|| load.pipelines(pipeline, random));
        }
        load.break_things(&server, random.fork());
        load.is_over.store(true, Ordering::SeqCst);
    });
    load.report();
    recover(&scene);
    scene.assert_settled(&load.journal.answers());
    load.assert_repeated();
    assert!(
        scene.count("dot_catalogue") > 0,
        "nothing was ever registered"
    );
}

impl Load<'_> {
    /// A request for a target: one that was sent before, or another.
    fn request(&self, number: usize, random: &mut Random) -> Vec<u8> {
        let mut requests = must(self.requests.lock());
        let sent = must(requests.get_mut(number).ok_or("no such target"));
        let before = must(u64::try_from(sent.len()));
        let chosen = must(usize::try_from(random.below(before + 1)));
        if let Some(request) = sent.get(chosen) {
            return request.clone();
        }
        let request = self.scene.fixture.request(number);
        sent.push(request.clone());
        request
    }

    /// Writes an answer down as its caller sees it. The end of an attempt is its one answer; a
    /// refusal before that burns nothing and may be another one the next time.
    fn saw(&self, request: Vec<u8>, answer: Vec<u8>) {
        self.journal.add(&answer);
        if is_an_end(&answer) {
            let mut decided = must(self.decided.lock());
            let known = decided.insert(request, answer.clone());
            assert!(known.is_none_or(|known| known == answer), "two decisions");
        }
    }

    /// One process after the other, most of them killed at some instant.
    fn clients(&self, mut random: Random) {
        while !self.is_over.load(Ordering::SeqCst) {
            let number = must(usize::try_from(random.below(must(u64::try_from(TARGETS)))));
            let request = self.request(number, &mut random);
            let address = self.scene.fixture.url();
            let mut command = self.scene.registering(&address, &request);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            // Between its reservation and its commit is not for long: some die just there.
            let dies_there = random.below(8) == 0;
            if dies_there {
                command.env(CRASH_AT, "consume.before_commit");
            }
            let mut child = must(command.spawn());
            if !dies_there && random.below(3) > 0 {
                thread::sleep(random.within(3 * self.usual));
                if must(child.try_wait()).is_none() {
                    let whom = if random.below(2) == 0 {
                        Kill::Process
                    } else {
                        Kill::Group
                    };
                    kill(child.id(), whom);
                    self.killed.fetch_add(1, Ordering::SeqCst);
                }
            }
            let run = Run::ended(must(child.wait_with_output()));
            if run.signal == Some(ABORTED) {
                self.killed.fetch_add(1, Ordering::SeqCst);
            }
            // Rejects and registrations are answers; a HOLD is none that anybody keeps.
            if matches!(run.code, Some(0 | 3)) {
                self.saw(request, run.stdout);
            }
        }
    }

    /// Registrations that share batches with those of the other pipelines.
    fn pipelines(&self, mut pipeline: AnyPipeline, mut random: Random) {
        while !self.is_over.load(Ordering::SeqCst) {
            let number = must(usize::try_from(random.below(must(u64::try_from(BATCHED)))));
            let request = self.request(TARGETS + number, &mut random);
            match pipeline.register(&request) {
                Ok(answer) => {
                    let is_kept = matches!(
                        answer.outcome,
                        Outcome::Registered | Outcome::Rejected | Outcome::Replayed
                    );
                    if let (true, Some(decision)) = (is_kept, answer.decision) {
                        self.saw(request, decision);
                    }
                }
                // The server is down: nothing was answered.
                Err(_) => thread::sleep(random.within(Duration::from_millis(100))),
            }
        }
    }

    /// Ends sessions and restarts the server until enough of everything was killed.
    fn break_things(&self, server: &PrivateServer, mut random: Random) {
        let begin = Instant::now();
        while !self.is_enough() {
            assert!(
                begin.elapsed() < LOAD_MAX,
                "not enough was killed and cut in two in time: did the clients fail?"
            );
            thread::sleep(random.within(Duration::from_millis(800)));
            let ended = self.ended.load(Ordering::SeqCst);
            if ended / SESSIONS_EACH > self.restarts.load(Ordering::SeqCst) {
                must(server.stop(StopMode::Immediate));
                must(server.start_again());
                self.restarts.fetch_add(1, Ordering::SeqCst);
            } else {
                self.end_a_session();
            }
        }
    }

    fn is_enough(&self) -> bool {
        self.killed.load(Ordering::SeqCst) >= CLIENTS_KILLED
            && self.restarts.load(Ordering::SeqCst) >= RESTARTS
            && self.was_cut_in_two()
    }

    /// Whether an attempt was left open by whoever opened it, and perhaps ended by somebody else.
    fn was_cut_in_two(&self) -> bool {
        let text = "SELECT count(*) FROM holdfast.attempt WHERE state = 'aborted' \
                    OR state = 'reserved' AND opened_at < clock_timestamp() - interval '10 s'";
        let row = must(self.scene.session().query_one(text, &[]));
        must(row.try_get::<_, i64>(0)) > 0
    }

    /// Whichever is busiest of all.
    fn end_a_session(&self) {
        let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE application_name LIKE 'holdfast %' \
                    ORDER BY state = 'active' DESC, xact_start IS NULL, random() LIMIT 1";
        let ended = must(self.scene.session().execute(text, &[]));
        self.ended
            .fetch_add(must(usize::try_from(ended)), Ordering::SeqCst);
    }

    fn report(&self) {
        let of = |number: &AtomicUsize| number.load(Ordering::SeqCst);
        println!(
            "{} clients killed, {} sessions ended, {} restarts; {} answers, {} attempts, {} \
             registered, {} audits",
            of(&self.killed),
            of(&self.ended),
            of(&self.restarts),
            self.journal.answers().len(),
            self.scene.count("attempt"),
            self.scene.count("dot_catalogue"),
            self.scene.count("failure_audit"),
        );
    }

    /// Who asks again is answered as before.
    fn assert_repeated(&self) {
        let decided = must(self.decided.lock());
        assert!(!decided.is_empty());
        for (request, answer) in decided.iter().take(8) {
            assert_eq!(&self.scene.register(request).stdout, answer);
        }
    }
}

/// Whether an attempt ended with this answer.
fn is_an_end(answer: &[u8]) -> bool {
    let answer = answered::json(answer);
    let codes = answered::texts(&answer, "/reject_codes");
    codes.is_empty() || codes.iter().any(|code| code == "OUTCOME_ABANDONED")
}

/// How long a registration takes here and now when nobody kills it.
fn unhurried(scene: &Scene) -> Duration {
    // Built before the clock starts: on a fresh checkout that takes minutes.
    holdfast_with_crash_points();
    let request = scene.fixture.request(TARGETS + BATCHED);
    let begun = Instant::now();
    let run = scene.register(&request);
    assert_eq!(run.code, Some(0), "{run:?}");
    begun.elapsed()
}

/// Pipelines of this process on the scene's store, observed by the program that recovers later.
fn deployment(scene: &Scene) -> Deployment {
    let mut observer = Command::new(holdfast_with_crash_points());
    observer.arg("observe");
    scene.fixture.place.name_to(&mut observer);
    must(Deployment::start(scene.fixture.store.clone(), observer))
}

/// Recovers until nothing is left; a killed client's session may still be ending.
fn recover(scene: &Scene) {
    let codes = std::iter::repeat_with(|| scene.recover().code);
    let codes: Vec<_> = codes.take(3).take_while(|code| *code != Some(0)).collect();
    assert!(codes.len() < 3, "{codes:?}");
}
