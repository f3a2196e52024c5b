//! A store on a server, and the program on it as a process of its own.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use authority::{BindingEntry, PrincipalEntry};
use canonical::hash_bytes;
use postgres_lab::Server;
use postgres_lab::postgres::Client;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::proxy::Proxy;
use super::rules;
use crate::acts::Acts;
use crate::fixture::{Fixture, dot_code, must};
use crate::place::Place;
use crate::program::holdfast_with_crash_points;
use crate::runs::{CRASH_AT, Run};

/// How long something that is certain to happen is waited for.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// A store with targets to register, whatever kind of store the other tests run on.
#[derive(Debug)]
pub struct Scene {
    /// The store and its targets.
    pub fixture: Fixture,
}

impl Scene {
    /// In a database of its own on the server that the tests share.
    pub fn new(count: usize) -> Self {
        Self::on(must(Server::shared()), count)
    }

    /// On this server. Recovery takes on whatever is open, and nobody waits long for anybody else.
    pub fn on(server: &Server, count: usize) -> Self {
        let policy = json!({ "recovery_horizon_ms": 1, "in_flight_wait_max_ms": 50 });
        let dir = must(TempDir::new());
        let place = Place::on(server, dir.path());
        let scene = Self {
            fixture: Fixture::at(place, dir, count, policy),
        };
        scene.bind("authority");
        scene.bind("registrar");
        scene
    }

    /// Names the principal behind a role, unless the fixture has: whoever verifies tells the
    /// registrar from who wrote the verifier's row by their principals.
    fn bind(&self, role: &str) {
        let acts = Acts::on(&self.fixture);
        let login = self.login(role);
        if !acts
            .standing("principal_binding", &[("value", &login)])
            .is_empty()
        {
            return;
        }
        let principal = format!("principal/{role}");
        let entry: PrincipalEntry = entry(json!({
            "principal": principal, "kind": "service", "display_name": role,
        }));
        acts.write(|draft| draft.add_principal(&entry));
        let entry: BindingEntry = self::entry(json!({
            "channel": "db_role", "value": login, "principal": principal,
        }));
        acts.write(|draft| draft.add_binding(&entry));
    }

    /// The server.
    pub fn server(&self) -> &Server {
        self.fixture.place.database().server()
    }

    /// A session of the superuser.
    pub fn session(&self) -> Client {
        must(self.fixture.place.database().connect())
    }

    /// A role of this store, by the name that the store has for it.
    pub fn login(&self, role: &str) -> String {
        format!("{}_{role}", self.fixture.place.database().name())
    }

    /// The program at an address of this store, dying nowhere, in a process group of its own.
    pub fn program(&self, address: &str, verb: &str) -> Command {
        use std::os::unix::process::CommandExt as _;
        let mut command = Command::new(holdfast_with_crash_points());
        command
            .current_dir(self.fixture.dir.path())
            .args([verb, "--json", "--store", address])
            .env(
                "HOLDFAST_CREDENTIALS",
                self.fixture.place.credentials().directory(),
            )
            .env_remove(CRASH_AT)
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    /// The same, with a request to register.
    pub fn registering(&self, address: &str, request: &[u8]) -> Command {
        // Named by its content, so that a retry sends the same file.
        let name = format!("request-{}.json", hash_bytes("name", request).to_hex());
        let path = self.fixture.dir.path().join(name);
        must(std::fs::write(&path, request));
        let mut command = self.program(address, "register");
        command.arg(path);
        command
    }

    /// Registers a request.
    pub fn register(&self, request: &[u8]) -> Run {
        Run::of(&mut self.registering(&self.fixture.url(), request))
    }

    /// Registers a request in a process that dies at a point, or whose observer does.
    pub fn register_dying(&self, point: &str, request: &[u8]) -> Run {
        let mut command = self.registering(&self.fixture.url(), request);
        Run::of(command.env(CRASH_AT, point))
    }

    /// Registers a request over a link.
    pub fn register_through(&self, proxy: &Proxy, request: &[u8]) -> Run {
        Run::of(&mut self.registering(&self.through(proxy), request))
    }

    /// This store's address over a link.
    pub fn through(&self, proxy: &Proxy) -> String {
        let database = self.fixture.place.database();
        proxy.url(database.server().superuser_name(), database.name())
    }

    /// Recovers.
    pub fn recover(&self) -> Run {
        Run::of(&mut self.program(&self.fixture.url(), "recover"))
    }

    /// The states of a target's attempts, in the order in which they were opened.
    pub fn states(&self, number: usize) -> Vec<String> {
        let text = "SELECT state FROM holdfast.attempt WHERE target = $1 ORDER BY opened_at";
        let target = format!("dot:{}", dot_code(number));
        let rows = must(self.session().query(text, &[&target]));
        rows.iter().map(|row| must(row.try_get(0))).collect()
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> i64 {
        let text = format!("SELECT count(*) FROM holdfast.{table}");
        must(must(self.session().query_one(&text, &[])).try_get(0))
    }

    /// Whether these bytes are a stored answer.
    pub fn is_stored(&self, answer: &[u8]) -> bool {
        rules::is_stored(&mut self.session(), answer)
    }

    /// Fails unless every rule holds.
    ///
    /// # Panics
    ///
    /// When one is broken.
    pub fn assert_sound(&self) {
        assert_eq!(rules::broken(&mut self.session()), Vec::<String>::new());
    }

    /// Recovers, and fails unless every rule holds and nothing is left to do.
    ///
    /// # Panics
    ///
    /// When something is.
    pub fn assert_recovers(&self) {
        let run = self.recover();
        assert_eq!(run.code, Some(0), "{run:?}");
        self.assert_settled(&[]);
    }

    /// Fails unless every rule holds, nothing is left to do, and these answers are there.
    ///
    /// # Panics
    ///
    /// When something is amiss.
    pub fn assert_settled(&self, answers: &[Vec<u8>]) {
        let broken = rules::broken_after_recovery(&mut self.session(), answers);
        assert_eq!(broken, Vec::<String>::new());
    }
}

fn entry<T: DeserializeOwned>(json: Value) -> T {
    must(serde_json::from_value(json))
}

/// Asks until something is so.
///
/// # Panics
///
/// When it is not so in time.
pub fn await_that(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < WAIT_MAX, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(5));
    }
}
