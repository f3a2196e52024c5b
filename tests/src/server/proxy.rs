//! A link between the program and its server that does something at a place: once, when a certain
//! message passes.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use postgres_lab::Server;

use super::wire::Message;
use crate::fixture::must;

/// What the server says to everything that follows a refusal in the same transaction.
const FOLLOWS: &str = "25P02";

/// Where something happens: when a session of a role sends this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The commit of a transaction that waits for the disk, as the consuming one does.
    DurableCommit(&'static str),
    /// The commit of a transaction that does not wait for the disk.
    AsynchronousCommit(&'static str),
    /// The begin of a transaction that consumes.
    Begin(&'static str),
    /// The execution of a prepared statement whose text contains this.
    Statement(&'static str, &'static str),
}

impl Place {
    const fn role(self) -> &'static str {
        match self {
            Self::DurableCommit(role)
            | Self::AsynchronousCommit(role)
            | Self::Begin(role)
            | Self::Statement(role, _) => role,
        }
    }
}

/// What happens there.
pub enum Act {
    /// The link breaks, and the server never gets the message.
    Cut,
    /// The server gets the message, and the link breaks at once.
    SendAndCut,
    /// The server gets the message and answers, and the link breaks before the answer is through.
    LoseAnswer,
    /// As before, and no new session gets through either.
    LoseAnswerAndStayDown,
    /// Nothing passes any more in either direction, from this message on, and nobody is told; new
    /// sessions get through.
    Swallow,
    /// The server gets the message; its answer is swallowed, and so is everything that follows.
    SendAndSwallow,
    /// As before, and new sessions are swallowed whole.
    SendAndSwallowAll,
    /// Something is done first, and the message goes on.
    Do(Box<dyn FnOnce() + Send>),
    /// The server gets this query in the message's place.
    Replace(&'static str),
}

/// A version as a server tells it when it is asked: as a number and as a text.
#[derive(Debug, Clone)]
pub struct Version {
    /// As in `150004`.
    pub number: i32,
    /// As in `15.4`.
    pub text: String,
}

/// A proxy on a port of its own; it ends with the value.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    host: String,
    server_port: u16,
    plan: Mutex<Vec<(Place, Act)>>,
    refusals: Mutex<Vec<String>>,
    links: Mutex<Vec<(String, TcpStream)>>,
    /// What the server says of its version, and what is passed on in its place.
    pretended: Option<[Version; 2]>,
    is_down: AtomicBool,
    /// Whether new sessions are taken and never answered.
    is_silent: AtomicBool,
    is_over: AtomicBool,
}

impl Proxy {
    /// A link to this server on which these things happen, each once.
    pub fn to(server: &Server, plan: impl IntoIterator<Item = (Place, Act)>) -> Self {
        Self::start(server, plan, None)
    }

    /// A link to this server that says that it is another version than it is.
    pub fn pretending(server: &Server, real: Version, pretended: Version) -> Self {
        Self::start(server, [], Some([real, pretended]))
    }

    fn start(
        server: &Server,
        plan: impl IntoIterator<Item = (Place, Act)>,
        pretended: Option<[Version; 2]>,
    ) -> Self {
        let listener = must(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let port = must(listener.local_addr()).port();
        let shared = Arc::new(Shared {
            host: server.host().to_owned(),
            server_port: server.port(),
            plan: Mutex::new(plan.into_iter().collect()),
            refusals: Mutex::default(),
            links: Mutex::default(),
            pretended,
            is_down: AtomicBool::new(false),
            is_silent: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if serving.is_over.load(Ordering::SeqCst) {
                    return;
                }
                if serving.is_down.load(Ordering::SeqCst) {
                    continue;
                }
                if serving.is_silent.load(Ordering::SeqCst) {
                    lock(&serving.links).push((String::new(), client));
                    continue;
                }
                // A server that is down refuses its clients by the end of their connection.
                let _refused = serving.link(client);
            }
        });
        Self { port, shared }
    }

    /// Plans one thing more.
    pub fn plan(&self, place: Place, act: Act) {
        lock(&self.shared.plan).push((place, act));
    }

    /// How a client names the database through this link.
    pub fn url(&self, superuser: &str, database: &str) -> String {
        format!("postgres://{superuser}@127.0.0.1:{}/{database}", self.port)
    }

    /// Takes new sessions from now on and never answers them.
    pub fn swallow_new_sessions(&self) {
        self.shared.is_silent.store(true, Ordering::SeqCst);
    }

    /// Breaks every link of a role, or of everybody; new ones get through.
    pub fn break_links_of(&self, role: &str) {
        let mut links = lock(&self.shared.links);
        for (_, link) in links.extract_if(.., |(of, _)| role.is_empty() || of == role) {
            let _closed = link.shutdown(Shutdown::Both);
        }
    }

    /// The codes (SQLSTATE) of what the server refused, in their order, without what followed from it.
    pub fn refusals(&self) -> Vec<String> {
        lock(&self.shared.refusals).clone()
    }

    /// Whether everything planned has happened.
    pub fn is_done(&self) -> bool {
        lock(&self.shared.plan).is_empty()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.break_links_of("");
        // Wakes the listener, which then sees that it is over.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn link(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        let server = TcpStream::connect((self.host.as_str(), self.server_port))?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let is_muted = Arc::new(AtomicBool::new(false));
        let link = Link {
            shared: Arc::clone(self),
            client,
            server,
            is_muted,
            is_silent: Arc::default(),
        };
        let back = link.try_clone()?;
        thread::spawn(move || {
            let _ended = back.answers();
            back.close();
        });
        thread::spawn(move || {
            let _ended = link.requests();
            // Nobody hears of an end through a link that swallows everything.
            if !link.is_silent.load(Ordering::SeqCst) {
                link.close();
            }
        });
        Ok(())
    }

    /// A row in which the server tells its version, with the other one; anything else as it is.
    fn pretend(&self, message: Message) -> io::Result<Message> {
        let Some([real, pretended]) = &self.pretended else {
            return Ok(message);
        };
        let Some(mut values) = message.values() else {
            return Ok(message);
        };
        let (number, other) = (real.number.to_be_bytes(), pretended.number.to_be_bytes());
        for value in values.iter_mut().flatten() {
            if *value == number {
                *value = &other;
            } else if *value == real.text.as_bytes() {
                *value = pretended.text.as_bytes();
            }
        }
        Message::row(&values)
    }

    /// What is planned for this place, if it was not done yet.
    fn take(&self, is_here: impl Fn(Place) -> bool) -> Option<Act> {
        let mut plan = lock(&self.plan);
        let place = plan.iter().position(|(place, _)| is_here(*place))?;
        Some(plan.remove(place).1)
    }
}

/// One session through the link.
struct Link {
    shared: Arc<Shared>,
    client: TcpStream,
    server: TcpStream,
    /// Whether the server's answers are lost, and the link breaks at the end of the next one.
    is_muted: Arc<AtomicBool>,
    /// Whether nothing passes any more.
    is_silent: Arc<AtomicBool>,
}

impl Link {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self {
            shared: Arc::clone(&self.shared),
            client: self.client.try_clone()?,
            server: self.server.try_clone()?,
            is_muted: Arc::clone(&self.is_muted),
            is_silent: Arc::clone(&self.is_silent),
        })
    }

    fn close(&self) {
        let _closed = self.client.shutdown(Shutdown::Both);
        let _closed = self.server.shutdown(Shutdown::Both);
    }

    /// From the server to the client.
    fn answers(&self) -> io::Result<()> {
        let (mut from, mut to) = (&self.server, &self.client);
        loop {
            let message = self.shared.pretend(Message::next(&mut from)?)?;
            if let Some(code) = message.refusal().filter(|code| *code != FOLLOWS) {
                lock(&self.shared.refusals).push(code.to_owned());
            }
            if self.is_silent.load(Ordering::SeqCst) {
                continue;
            }
            if !self.is_muted.load(Ordering::SeqCst) {
                to.write_all(message.bytes())?;
            } else if message.is(b'Z') {
                return Ok(());
            }
        }
    }

    /// From the client to the server.
    fn requests(&self) -> io::Result<()> {
        let (mut from, mut to) = (&self.client, &self.server);
        let first = Message::first(&mut from)?;
        let mut session = Session::begin(&first);
        let ends = [self.client.try_clone()?, self.server.try_clone()?];
        let named = ends.map(|end| (session.role.clone(), end));
        lock(&self.shared.links).extend(named);
        to.write_all(first.bytes())?;
        loop {
            let message = Message::next(&mut from)?;
            if self.is_silent.load(Ordering::SeqCst) {
                continue;
            }
            session.see(&message);
            match self.shared.take(|place| session.is_at(place, &message)) {
                None => to.write_all(message.bytes())?,
                Some(Act::Cut) => return Ok(()),
                Some(Act::SendAndCut) => return to.write_all(message.bytes()),
                Some(Act::LoseAnswer) => {
                    self.is_muted.store(true, Ordering::SeqCst);
                    to.write_all(message.bytes())?;
                }
                Some(Act::LoseAnswerAndStayDown) => {
                    self.shared.is_down.store(true, Ordering::SeqCst);
                    self.is_muted.store(true, Ordering::SeqCst);
                    to.write_all(message.bytes())?;
                }
                Some(Act::Swallow) => self.is_silent.store(true, Ordering::SeqCst),
                Some(act @ (Act::SendAndSwallow | Act::SendAndSwallowAll)) => {
                    self.is_silent.store(true, Ordering::SeqCst);
                    if matches!(act, Act::SendAndSwallowAll) {
                        self.shared.is_silent.store(true, Ordering::SeqCst);
                    }
                    to.write_all(message.bytes())?;
                }
                Some(Act::Do(act)) => {
                    act();
                    to.write_all(message.bytes())?;
                }
                Some(Act::Replace(query)) => to.write_all(Message::query(query)?.bytes())?,
            }
        }
    }
}

/// What a session has sent so far, as far as it matters.
struct Session {
    role: String,
    statements: Vec<(String, String)>,
    is_asynchronous: bool,
}

impl Session {
    fn begin(first: &Message) -> Self {
        Self {
            role: role(first),
            statements: Vec::new(),
            is_asynchronous: false,
        }
    }

    fn see(&mut self, message: &Message) {
        if let Some((name, text)) = message.prepared() {
            self.statements.push((name.to_owned(), text.to_owned()));
        }
        match message.query_text() {
            Some("SET LOCAL synchronous_commit = off") => self.is_asynchronous = true,
            Some(text) if is_begin(text) => self.is_asynchronous = false,
            _ => {}
        }
    }

    fn is_at(&self, place: Place, message: &Message) -> bool {
        if self.role != place.role() {
            return false;
        }
        match place {
            Place::Begin(_) => message.query_text() == Some("BEGIN"),
            Place::DurableCommit(_) => {
                message.query_text() == Some("COMMIT") && !self.is_asynchronous
            }
            Place::AsynchronousCommit(_) => {
                message.query_text() == Some("COMMIT") && self.is_asynchronous
            }
            Place::Statement(_, wanted) => message.bound().is_some_and(|bound| {
                let mut latest = self.statements.iter().rev();
                latest
                    .find(|(name, _)| name == bound)
                    .is_some_and(|(_, text)| text.contains(wanted))
            }),
        }
    }
}

/// The role whose session it is, as the store names its sessions; nothing for anybody else's.
fn role(first: &Message) -> String {
    let named = first
        .texts()
        .find_map(|text| text.strip_prefix("holdfast "));
    named.unwrap_or_default().to_owned()
}

fn is_begin(text: &str) -> bool {
    text == "BEGIN" || text.starts_with("START TRANSACTION")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
