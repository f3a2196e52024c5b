//! Fresh databases on the shared server, beside whoever else uses it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot do its setup has failed"
)]

use std::collections::BTreeSet;

use postgres_lab::{Database, Server};

fn shared() -> &'static Server {
    Server::shared().unwrap()
}

fn count(query: &str, name: &str) -> i64 {
    let mut client = shared().connect("postgres").unwrap();
    client.query_one(query, &[&name]).unwrap().get(0)
}

fn databases(name: &str) -> i64 {
    count("SELECT count(*) FROM pg_database WHERE datname = $1", name)
}

fn roles(database: &str) -> i64 {
    let query = "SELECT count(*) FROM pg_roles WHERE starts_with(rolname::text, $1)";
    count(query, database)
}

fn with_roles() -> Database {
    let database = shared().fresh_database("roles").unwrap();
    let name = database.name().to_owned();
    let mut client = database.connect().unwrap();
    let statements = format!(
        "CREATE ROLE {name}_owner; CREATE ROLE {name}_writer LOGIN IN ROLE {name}_owner; \
         CREATE TABLE t (n int); ALTER TABLE t OWNER TO {name}_owner; \
         GRANT SELECT ON t TO {name}_writer; \
         GRANT CONNECT ON DATABASE postgres TO {name}_writer"
    );
    client.batch_execute(&statements).unwrap();
    database
}

#[test]
fn databases_made_at_the_same_time_are_each_new_and_empty() {
    let made: Vec<Database> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| shared().fresh_database("parallel").unwrap()))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let names: BTreeSet<&str> = made.iter().map(Database::name).collect();
    assert_eq!(names.len(), 8);
    for database in &made {
        let mut client = database.connect().unwrap();
        client.batch_execute("CREATE TABLE t (n int)").unwrap();
        let query = "SELECT current_database()::text, current_setting('server_encoding')";
        let row = client.query_one(query, &[]).unwrap();
        assert_eq!((row.get(0), row.get(1)), (database.name(), "UTF8"));
    }
}

#[test]
fn a_dropped_database_takes_its_sessions_and_its_roles_along_and_no_others() {
    let (database, other) = (with_roles(), with_roles());
    let name = database.name().to_owned();
    let mut session = database.connect().unwrap();
    assert_eq!((databases(&name), roles(&name)), (1, 2));
    drop(database);
    assert_eq!((databases(&name), roles(&name)), (0, 0));
    assert!(session.simple_query("SELECT 1").is_err());
    assert_eq!((databases(other.name()), roles(other.name())), (1, 2));
    let name = other.name().to_owned();
    other.remove().unwrap();
    assert_eq!((databases(&name), roles(&name)), (0, 0));
}

#[test]
fn a_database_comes_and_goes_on_a_thread_that_drives_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let name = runtime.block_on(async {
        let database = shared().fresh_database("runtime").unwrap();
        assert_eq!(database.server().port(), shared().port());
        database.name().to_owned()
    });
    assert_eq!(databases(&name), 0);
}
