use std::net::{Ipv4Addr, TcpListener};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::cluster::{self, SUPERUSER};
use crate::home::Home;
use crate::server::Address;
use crate::supervisor::Supervised;
use crate::tools::{Tools, bare, tail};
use crate::{Error, Server, ServerOptions, StopMode, sql};

/// Recovery on a slow disk takes its time.
const START_TIMEOUT: Duration = Duration::from_mins(2);
const STOP_TIMEOUT: Duration = Duration::from_mins(1);
/// A server says nowhere that it is ready; it is asked this often.
const ASK_EVERY: Duration = Duration::from_millis(25);
/// Somebody else may take a free port before the server does.
const PORT_ATTEMPTS: u8 = 5;
/// Below the range that the system gives to outgoing connections: a session that tries a stopped
/// server's port can then never be connected to itself.
const FIRST_PORT: u16 = 15_000;
const PORTS: u16 = 17_000;

/// A server of one test, or of one process. It ends, and its files go, when the value is dropped
/// or the process ends, in whatever way.
#[derive(Debug)]
pub struct PrivateServer {
    server: Server,
    running: Mutex<Option<Supervised>>,
    home: Home,
    tools: Tools,
}

impl PrivateServer {
    pub(crate) fn start(options: ServerOptions) -> Result<Self, Error> {
        let primary = options.primary.as_ref().map(Server::major_version);
        let tools = Tools::find(primary.or(options.major))?;
        if options.primary.is_some() {
            tools.binaries.program("pg_basebackup")?;
        }
        let home = Home::create(options.data_in.as_deref(), &tools.account)?;
        cluster::create(&home, &options, &tools)?;
        let mut private = Self {
            server: address(&home, &tools)?,
            running: Mutex::new(None),
            home,
            tools,
        };
        for _ in 1..PORT_ATTEMPTS {
            match private.start_again() {
                Err(Error::Server { log, .. }) if log.contains("Address already in use") => {
                    private.server = address(&private.home, &private.tools)?;
                }
                outcome => return outcome.map(|()| private),
            }
        }
        private.start_again().map(|()| private)
    }

    /// Starts it after it was stopped or killed, on the same port with the same data, and returns
    /// when it answers. A standby answers as soon as it is consistent.
    pub fn start_again(&self) -> Result<(), Error> {
        let mut running = self.running();
        if running.is_some() {
            return Err(self.state("already running"));
        }
        let home = self.home.path();
        let log = self.home.log();
        let mut started = Supervised::start(&self.tools, home, &log, &self.arguments())?;
        let deadline = Instant::now().checked_add(START_TIMEOUT);
        while !self.answers() {
            if let Some(status) = started.wait(ASK_EVERY)? {
                return Err(self.failure(&format!("ended before it was ready ({status})")));
            }
            if deadline.is_none_or(|deadline| deadline < Instant::now()) {
                let seconds = START_TIMEOUT.as_secs();
                return Err(self.failure(&format!("did not answer within {seconds} s")));
            }
        }
        *running = Some(started);
        Ok(())
    }

    /// Stops it and returns when every process of it is gone. After an error it may be asked again,
    /// less politely.
    pub fn stop(&self, mode: StopMode) -> Result<(), Error> {
        self.end(mode.signal())
    }

    /// Kills the first process with `SIGKILL` and returns when the others have noticed and are
    /// gone too. They do so when they next wait for something.
    pub fn kill_9(&self) -> Result<(), Error> {
        self.end("KILL")
    }

    /// Its first process, if it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.running().as_ref().map(Supervised::process_id)
    }

    /// Its data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.home.data()
    }

    /// What it has logged, over all its starts.
    pub fn log(&self) -> String {
        self.home.log_text()
    }

    /// Where its programs are.
    pub fn bin_dir(&self) -> &Path {
        self.tools.binaries.directory()
    }

    fn end(&self, signal: &str) -> Result<(), Error> {
        let mut running = self.running();
        let Some(started) = running.as_mut() else {
            return Err(self.state("not running"));
        };
        started.signal(signal)?;
        if started.wait(STOP_TIMEOUT)?.is_none() {
            let seconds = STOP_TIMEOUT.as_secs();
            return Err(self.failure(&format!("did not end within {seconds} s of SIG{signal}")));
        }
        *running = None;
        Ok(())
    }

    fn answers(&self) -> bool {
        sql::session(&self.server, "postgres", |_| Ok(())).is_ok()
    }

    fn running(&self) -> MutexGuard<'_, Option<Supervised>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arguments(&self) -> Vec<String> {
        let data = self.home.data().display().to_string();
        let port = self.server.port().to_string();
        let socket = self.home.socket();
        let socket = format!("unix_socket_directories={}", socket.display());
        ["-D", &data, "-p", &port, "-c", &socket]
            .map(str::to_owned)
            .to_vec()
    }

    fn state(&self, state: &'static str) -> Error {
        Error::State {
            port: self.server.port(),
            state,
        }
    }

    fn failure(&self, event: &str) -> Error {
        let program = self.tools.binaries.directory().join("postgres");
        Error::Server {
            command: format!("{} {}", program.display(), self.arguments().join(" ")),
            event: event.to_owned(),
            log: tail(&self.log()),
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // Stops it, while its files are still there.
        drop(self.running().take());
        if let Some(segment) = self.home.killed_segment() {
            // Kept by the kernel although its processes are gone, and counted. Another start would
            // have removed it; nobody can be told that it stays.
            let mut command = bare(Path::new("ipcrm"), &self.tools.account);
            drop(command.args(["-m", &segment]).output());
        }
    }
}

/// A private server is a server.
impl Deref for PrivateServer {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

fn address(home: &Home, tools: &Tools) -> Result<Server, Error> {
    Ok(Server::at(Address {
        host: Ipv4Addr::LOCALHOST.to_string(),
        port: free_port()?,
        socket_dir: Some(home.socket()),
        superuser: SUPERUSER.to_owned(),
        password: None,
        major: tools.binaries.major(),
        version: tools.binaries.version().to_owned(),
    }))
}

fn free_port() -> Result<u16, Error> {
    let mut refusal = None;
    for _ in 0..PORTS {
        let [one, other, ..] = *Uuid::new_v4().as_bytes();
        let offset = u16::from_be_bytes([one, other]) % PORTS;
        let port = FIRST_PORT.saturating_add(offset);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(error) => refusal = Some(error),
        }
    }
    let source = refusal.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into());
    Err(Error::file(
        "finding a free port on",
        Path::new("127.0.0.1"),
        source,
    ))
}
