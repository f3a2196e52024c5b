//! What a subscription applies, really applied: a writer that belongs to nobody here.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "live/database.rs"]
mod lab;

use std::time::{Duration, Instant};

use carrier_prover::contract::CriterionOutcome;
use carrier_prover::{CarrierProof, Declarations};
use postgres_lab::postgres::Client;
use postgres_lab::{Binaries, Server, ServerOptions};

/// How long an applied change may take to arrive.
const ARRIVES: Duration = Duration::from_mins(1);

const TABLE: &str = "CREATE SCHEMA s; CREATE TABLE s.kept (id int PRIMARY KEY, note text NOT NULL); \
     INSERT INTO s.kept VALUES (1, 'first'), (2, 'second')";

const GUARD: &str = "CREATE FUNCTION s.deny() RETURNS trigger LANGUAGE plpgsql \
     SET search_path = pg_catalog, pg_temp AS $$ BEGIN RAISE EXCEPTION 'kept'; END $$; \
     CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON s.kept FOR EACH ROW EXECUTE FUNCTION s.deny(); \
     CREATE TRIGGER g_all BEFORE TRUNCATE ON s.kept FOR EACH STATEMENT EXECUTE FUNCTION s.deny()";

fn proof(server: &Server, database: &str) -> CarrierProof {
    let prover = lab::prover(server, database);
    let report = prover.prove(&Declarations::undeclared(["s.kept"])).unwrap();
    report.carriers.into_iter().next().unwrap()
}

fn said(proof: &CarrierProof) -> [CriterionOutcome; 3] {
    ["writer_authority", "immutability", "retention"].map(|name| proof.outcome(name))
}

/// Waits until a question is answered with yes.
fn until(client: &mut Client, question: &str) {
    let began = Instant::now();
    while !client.query_one(question, &[]).unwrap().get::<_, bool>(0) {
        assert!(began.elapsed() < ARRIVES, "not yet: {question}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn applied(server: &Server) {
    let mut publisher = lab::database(server, "publisher", &[TABLE]);
    let mut subscriber = lab::database(server, "subscriber", &[TABLE, GUARD]);
    let nobody = [
        CriterionOutcome::Unproven,
        CriterionOutcome::Proven,
        CriterionOutcome::Proven,
    ];
    assert_eq!(said(&proof(server, "subscriber")), nobody);

    // Both ends are on one server, so that the slot has to be there before the subscription.
    publisher
        .batch_execute("CREATE PUBLICATION p FOR TABLE s.kept")
        .unwrap();
    publisher
        .query(
            "SELECT pg_create_logical_replication_slot('s', 'pgoutput')",
            &[],
        )
        .unwrap();
    let host = server.socket_dir().unwrap().display().to_string();
    let subscribe = format!(
        "CREATE SUBSCRIPTION s CONNECTION 'host={host} port={} user=postgres dbname=publisher' \
         PUBLICATION p WITH (create_slot = false, slot_name = 's', copy_data = false)",
        server.port()
    );
    subscriber.batch_execute(&subscribe).unwrap();

    let open = proof(server, "subscriber");
    let lost = [
        CriterionOutcome::Refuted,
        CriterionOutcome::Unproven,
        CriterionOutcome::Unproven,
    ];
    assert_eq!(said(&open), lost, "{:#?}", open.criteria);
    publisher
        .batch_execute("UPDATE s.kept SET note = 'changed' WHERE id = 1")
        .unwrap();
    until(
        &mut subscriber,
        "SELECT note = 'changed' FROM s.kept WHERE id = 1",
    );

    subscriber
        .batch_execute(
            "ALTER TABLE s.kept ENABLE ALWAYS TRIGGER g_row; \
             ALTER TABLE s.kept ENABLE ALWAYS TRIGGER g_all; SELECT pg_stat_reset()",
        )
        .unwrap();
    let guarded = proof(server, "subscriber");
    let evidence = format!("{:?}", guarded.criterion("immutability").unwrap());
    assert!(
        evidence.contains("a guard refuses UPDATE that subscription"),
        "{evidence}"
    );
    publisher
        .batch_execute("UPDATE s.kept SET note = 'again' WHERE id = 2")
        .unwrap();
    let failed = "SELECT apply_error_count > 0 FROM pg_stat_subscription_stats";
    until(&mut subscriber, failed);
    let row = "SELECT note FROM s.kept WHERE id = 2";
    let row = subscriber.query_one(row, &[]).unwrap();
    assert_eq!(row.get::<_, String>(0), "second");
    subscriber
        .batch_execute("ALTER SUBSCRIPTION s DISABLE")
        .unwrap();
}

fn on_version(major: u16) {
    if let Err(missing) = Binaries::find(Some(major)) {
        assert_ne!(major, 15, "{missing}");
        return eprintln!("not checked on {major}: {missing}");
    }
    let options = ServerOptions::new()
        .major(major)
        .setting("wal_level", "logical")
        .setting("wal_retrieve_retry_interval", "100ms")
        .access_line("local all all trust");
    match Server::start(options) {
        Ok(server) => applied(&server),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn what_arrives_has_a_writer_elsewhere_on_15() {
    on_version(15);
}

#[test]
fn what_arrives_has_a_writer_elsewhere_on_16() {
    on_version(16);
}

#[test]
fn what_arrives_has_a_writer_elsewhere_on_17() {
    on_version(17);
}

#[test]
fn what_arrives_has_a_writer_elsewhere_on_18() {
    on_version(18);
}
