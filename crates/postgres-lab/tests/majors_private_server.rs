//! Servers of the other major versions, which `cargo xtask postgres fetch` brings.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot do its setup has failed"
)]

use postgres_lab::{Server, ServerOptions, StopMode};

#[track_caller]
fn check(major: u16) {
    let server = Server::start(ServerOptions::new().major(major)).unwrap();
    assert_eq!(server.major_version(), major);
    let database = server.fresh_database("major").unwrap();
    database
        .connect()
        .unwrap()
        .batch_execute("CREATE TABLE t (n int)")
        .unwrap();
    server.stop(StopMode::Immediate).unwrap();
    server.start_again().unwrap();
    let mut client = database.connect().unwrap();
    let query = "SELECT current_setting('server_version_num')::int / 10000 FROM \
                 (SELECT count(*) FROM t) AS counted";
    let answered: i32 = client.query_one(query, &[]).unwrap().get(0);
    assert_eq!(answered, i32::from(major));
}

#[test]
fn version_16_starts_and_recovers() {
    check(16);
}

#[test]
fn version_17_starts_and_recovers() {
    check(17);
}

#[test]
fn version_18_starts_and_recovers() {
    check(18);
}
