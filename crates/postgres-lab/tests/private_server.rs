//! Private servers: how they start, stop, die and come back, and whom they let in.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot do its setup has failed"
)]

use std::process::Command;

use postgres_lab::postgres::error::SqlState;
use postgres_lab::postgres::{Config, NoTls};
use postgres_lab::{Error, PrivateServer, Server, ServerOptions, StopMode};

fn start() -> PrivateServer {
    Server::start(ServerOptions::new()).unwrap()
}

fn setting(server: &Server, name: &str) -> String {
    let mut client = server.connect("postgres").unwrap();
    let row = client.query_one("SELECT current_setting($1)", &[&name]);
    row.unwrap().get(0)
}

#[test]
fn it_starts_with_what_was_asked_for_and_says_what_it_is() {
    let options = ServerOptions::new()
        .durable()
        .setting("wal_level", "logical");
    let server = Server::start(options).unwrap();
    assert_eq!(setting(&server, "fsync"), "on");
    assert_eq!(setting(&server, "wal_level"), "logical");
    assert_eq!(setting(&server, "max_connections"), "400");
    let number = setting(&server, "server_version_num");
    assert!(
        number.starts_with(&server.major_version().to_string()),
        "{number}"
    );
    assert!(setting(&server, "server_version").starts_with(server.version()));
    assert_eq!(
        setting(&server, "data_directory"),
        server.data_dir().to_str().unwrap()
    );
}

#[test]
fn its_socket_and_its_port_lead_to_it() {
    let server = start();
    let port = setting(&server, "port");
    let mut config = server.config("postgres");
    let through_socket = Config::new()
        .host_path(server.socket_dir().unwrap())
        .port(server.port())
        .user(server.superuser_name())
        .dbname("postgres")
        .connect(NoTls);
    let row = through_socket.unwrap().query_one("SHOW port", &[]).unwrap();
    assert_eq!(row.get::<_, String>(0), port);
    let mut through_port = config.host("127.0.0.1").connect(NoTls).unwrap();
    let row = through_port.query_one("SHOW port", &[]).unwrap();
    assert_eq!(row.get::<_, String>(0), port);
}

#[test]
fn a_role_gets_in_with_its_password_and_not_with_another() {
    let server = start();
    let database = server.fresh_database("access").unwrap();
    let role = format!("{}_reader", database.name());
    let mut superuser = database.connect().unwrap();
    superuser
        .batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'right'"))
        .unwrap();
    for through in [
        server.host(),
        server.socket_dir().unwrap().to_str().unwrap(),
    ] {
        let mut config = Config::new();
        let config = config
            .host(through)
            .port(server.port())
            .user(&role)
            .dbname(database.name());
        let refusal = config.clone().password("wrong").connect(NoTls);
        let refusal = refusal.err().unwrap();
        assert_eq!(
            refusal.code(),
            Some(&SqlState::INVALID_PASSWORD),
            "{refusal}"
        );
        assert!(config.clone().password("right").connect(NoTls).is_ok());
    }
}

type Ending = fn(&PrivateServer) -> Result<(), Error>;

#[test]
fn what_was_committed_is_there_after_an_immediate_stop_and_after_a_kill() {
    let server = start();
    let database = server.fresh_database("crash").unwrap();
    database
        .connect()
        .unwrap()
        .batch_execute("CREATE TABLE t (n int)")
        .unwrap();
    let endings: [Ending; 3] = [
        |server| server.stop(StopMode::Immediate),
        PrivateServer::kill_9,
        |server| server.stop(StopMode::Fast),
    ];
    for (index, end) in endings.into_iter().enumerate() {
        let mut client = database.connect().unwrap();
        client.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
        let mut open = client.transaction().unwrap();
        open.execute("INSERT INTO t VALUES (2)", &[]).unwrap();
        let port = server.port();
        end(&server).unwrap();
        assert!(database.connect().is_err());
        assert_eq!(server.process_id(), None);
        server.start_again().unwrap();
        assert_eq!(server.port(), port);
        let mut client = database.connect().unwrap();
        let row = client.query_one("SELECT count(*), sum(n) FROM t", &[]);
        let expected = i64::try_from(index).unwrap() + 1;
        let row = row.unwrap();
        assert_eq!((row.get(0), row.get(1)), (expected, expected));
    }
    let log = server.log();
    let recoveries = log.matches("automatic recovery in progress").count();
    assert_eq!(recoveries, 2, "{log}");
}

#[test]
fn a_smart_stop_waits_for_the_sessions() {
    let server = start();
    let mut session = server.connect("postgres").unwrap();
    std::thread::scope(|scope| {
        let stopping = scope.spawn(|| server.stop(StopMode::Smart));
        // Refused from the moment it has begun to stop, while the session still answers.
        let is_refused = |error: Error| match error {
            Error::Connect { source, .. } => source.code() == Some(&SqlState::CANNOT_CONNECT_NOW),
            other => panic!("{other}"),
        };
        while !server.connect("postgres").is_err_and(is_refused) {}
        assert!(!stopping.is_finished());
        assert!(session.simple_query("SELECT 1").is_ok());
        drop(session);
        stopping.join().unwrap().unwrap();
    });
}

#[test]
fn a_server_is_stopped_once_and_started_once() {
    let server = start();
    let refused = server.start_again().unwrap_err().to_string();
    assert!(refused.ends_with("is already running"), "{refused}");
    server.stop(StopMode::Fast).unwrap();
    let refused = server.stop(StopMode::Fast).unwrap_err().to_string();
    assert!(refused.ends_with("is not running"), "{refused}");
}

#[test]
fn a_dropped_server_is_gone_with_its_files() {
    let server = start();
    let (data, address) = (server.data_dir(), Server::clone(&server));
    assert!(data.exists());
    drop(server);
    assert!(!data.exists());
    assert!(matches!(
        address.connect("postgres"),
        Err(Error::Connect { .. })
    ));
}

#[test]
fn a_killed_server_that_is_dropped_leaves_no_shared_memory() {
    let server = start();
    let pid_file = server.data_dir().join("postmaster.pid");
    let text = std::fs::read_to_string(pid_file).unwrap();
    let segment = text.lines().nth(6).unwrap().split_whitespace().nth(1);
    let is_there = || {
        let mut command = Command::new("ipcs");
        let asked = command.args(["-m", "-i", segment.unwrap()]).output();
        String::from_utf8_lossy(&asked.unwrap().stdout).contains("bytes=")
    };
    assert!(is_there());
    server.kill_9().unwrap();
    assert!(is_there());
    drop(server);
    assert!(!is_there());
}

#[test]
fn the_data_directory_lies_where_it_was_asked_for_and_the_log_does_not() {
    let place = tempfile::tempdir().unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path(), open).unwrap();
    let server = Server::start(ServerOptions::new().data_in(place.path())).unwrap();
    assert!(server.data_dir().starts_with(place.path()));
    assert!(!server.socket_dir().unwrap().starts_with(place.path()));
    assert!(server.log().contains("ready to accept connections"));
    drop(server);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn a_setting_that_no_server_has_is_told_with_command_status_and_log() {
    let options = ServerOptions::new().setting("no_such_setting", "on");
    let error = Server::start(options).unwrap_err().to_string();
    for part in [
        "bin/postgres -D ",
        "exit status: 1",
        "unrecognized configuration parameter",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_standby_follows_its_primary_and_refuses_to_write() {
    let primary = start();
    let standby = Server::start(ServerOptions::new().standby_of(&primary)).unwrap();
    let mut writer = primary.connect("postgres").unwrap();
    writer.batch_execute("CREATE TABLE t (n int)").unwrap();
    let here = writer.query_one("SELECT pg_current_wal_lsn()::text", &[]);
    let here: String = here.unwrap().get(0);
    let mut reader = standby.connect("postgres").unwrap();
    let is_replayed = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn";
    while !reader
        .query_one(is_replayed, &[&here])
        .unwrap()
        .get::<_, bool>(0)
    {}
    assert!(reader.execute("SELECT n FROM t", &[]).is_ok());
    let refusal = reader.execute("INSERT INTO t VALUES (1)", &[]).unwrap_err();
    assert_eq!(refusal.code(), Some(&SqlState::READ_ONLY_SQL_TRANSACTION));
    writer.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
}

#[test]
fn nothing_of_the_environment_of_libpq_reaches_it() {
    let holder = Command::new(env!("CARGO_BIN_EXE_lab-holder"))
        .env("PGDATA", "/nonexistent")
        .env("PGPORT", "1")
        .env("PGOPTIONS", "-c nonsense=1")
        .output()
        .unwrap();
    assert!(holder.status.success(), "{holder:?}");
}
