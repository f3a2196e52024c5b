//! What changes in a server's catalogs between a gate report and the write that uses it: every kind
//! of change that a proof rests on holds, and what no proof rests on does not.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use holdfast_tests::answered::{codes, json, text};
use holdfast_tests::fixture::Fixture;
use holdfast_tests::ledger::{Counts, tamper};
use holdfast_tests::place::Place;
use pipeline::Outcome;
use postgres_lab::{PrivateServer, Server, ServerOptions};
use serde_json::json as object;
use tempfile::TempDir;

const STRANGER: &str = "CREATE ROLE stranger LOGIN; CREATE ROLE middle;";

/// A store on a server of the test's own: roles belong to the whole of one.
fn fixture(server: &PrivateServer, count: usize) -> Fixture {
    let dir = TempDir::new().unwrap();
    let place = Place::on(server, dir.path());
    let fixture = Fixture::at(
        place,
        dir,
        count,
        object!({ "gate_report_validity_ms": 600_000 }),
    );
    tamper(&fixture, STRANGER);
    fixture
}

fn server() -> PrivateServer {
    Server::start(ServerOptions::new()).unwrap()
}

/// One change and what takes it back; `{db}` stands for the database's name, `{refuse}` for what
/// makes the guards' function.
type Drift = (&'static str, &'static str);

const GRANTS: [Drift; 8] = [
    (
        "GRANT INSERT ON ledger TO stranger",
        "REVOKE INSERT ON ledger FROM stranger",
    ),
    (
        "GRANT INSERT ON decision TO PUBLIC",
        "REVOKE INSERT ON decision FROM PUBLIC",
    ),
    (
        "GRANT UPDATE (closed_at) ON attempt TO stranger",
        "REVOKE UPDATE (closed_at) ON attempt FROM stranger",
    ),
    (
        "GRANT CREATE ON SCHEMA holdfast TO stranger",
        "REVOKE CREATE ON SCHEMA holdfast FROM stranger",
    ),
    (
        "GRANT EXECUTE ON FUNCTION lock_authority(text[]) TO stranger",
        "REVOKE EXECUTE ON FUNCTION lock_authority(text[]) FROM stranger",
    ),
    (
        "GRANT CREATE ON DATABASE {db} TO stranger",
        "REVOKE CREATE ON DATABASE {db} FROM stranger",
    ),
    (
        "GRANT SET ON PARAMETER session_replication_role TO stranger",
        "REVOKE SET ON PARAMETER session_replication_role FROM stranger",
    ),
    (
        "GRANT SELECT ON ledger TO {db}_registrar WITH GRANT OPTION",
        "REVOKE GRANT OPTION FOR SELECT ON ledger FROM {db}_registrar",
    ),
];

const ROLES: [Drift; 8] = [
    (
        "GRANT {db}_owner TO stranger",
        "REVOKE {db}_owner FROM stranger",
    ),
    (
        "GRANT {db}_registrar TO middle; GRANT middle TO stranger",
        "REVOKE middle FROM stranger; REVOKE {db}_registrar FROM middle",
    ),
    (
        "GRANT pg_write_all_data TO stranger",
        "REVOKE pg_write_all_data FROM stranger",
    ),
    (
        "GRANT middle TO {db}_registrar",
        "REVOKE middle FROM {db}_registrar",
    ),
    (
        "ALTER ROLE stranger SUPERUSER",
        "ALTER ROLE stranger NOSUPERUSER",
    ),
    (
        "ALTER ROLE stranger CREATEROLE",
        "ALTER ROLE stranger NOCREATEROLE",
    ),
    (
        "ALTER ROLE {db}_owner LOGIN",
        "ALTER ROLE {db}_owner NOLOGIN",
    ),
    (
        "ALTER ROLE {db}_registrar INHERIT",
        "ALTER ROLE {db}_registrar NOINHERIT",
    ),
];

const OWNERS_AND_SETTINGS: [Drift; 5] = [
    (
        "ALTER TABLE policy OWNER TO stranger",
        "ALTER TABLE policy OWNER TO {db}_owner",
    ),
    (
        "ALTER FUNCTION reread_policy(text[]) OWNER TO stranger",
        "ALTER FUNCTION reread_policy(text[]) OWNER TO {db}_owner",
    ),
    (
        "ALTER DATABASE {db} OWNER TO stranger",
        "ALTER DATABASE {db} OWNER TO postgres",
    ),
    (
        "ALTER ROLE {db}_registrar SET session_replication_role = replica",
        "ALTER ROLE {db}_registrar RESET session_replication_role",
    ),
    (
        "ALTER DATABASE {db} SET work_mem = '8MB'",
        "ALTER DATABASE {db} RESET work_mem",
    ),
];

const TRIGGERS_AND_BODIES: [Drift; 6] = [
    (
        "ALTER TABLE admission DISABLE TRIGGER admission_is_never_changed",
        "ALTER TABLE admission ENABLE ALWAYS TRIGGER admission_is_never_changed",
    ),
    (
        "ALTER TABLE admission ENABLE TRIGGER admission_is_never_changed",
        "ALTER TABLE admission ENABLE ALWAYS TRIGGER admission_is_never_changed",
    ),
    (
        "CREATE FUNCTION public.looks_on() RETURNS trigger LANGUAGE plpgsql \
         AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER looks_on AFTER INSERT ON manifest EXECUTE FUNCTION public.looks_on()",
        "DROP FUNCTION public.looks_on() CASCADE",
    ),
    // Another body that means the same.
    ("{refuse commented}", "{refuse}"),
    (
        "CREATE FUNCTION public.deputy() RETURNS void LANGUAGE sql SECURITY DEFINER \
         AS 'DELETE FROM holdfast.ledger'",
        "DROP FUNCTION public.deputy()",
    ),
    (
        "CREATE FUNCTION public.watches() RETURNS event_trigger LANGUAGE plpgsql \
         AS 'BEGIN NULL; END'; \
         CREATE EVENT TRIGGER watches ON ddl_command_end EXECUTE FUNCTION public.watches()",
        "DROP EVENT TRIGGER watches; DROP FUNCTION public.watches()",
    ),
];

const WAYS_IN: [Drift; 7] = [
    (
        "CREATE RULE quiet AS ON DELETE TO snapshot DO INSTEAD NOTHING",
        "DROP RULE quiet ON snapshot",
    ),
    (
        "CREATE VIEW public.way_in AS SELECT * FROM holdfast.policy; \
         GRANT INSERT ON public.way_in TO stranger",
        "DROP VIEW public.way_in",
    ),
    (
        "CREATE POLICY all_of_them ON snapshot USING (true)",
        "DROP POLICY all_of_them ON snapshot",
    ),
    (
        "CREATE TABLE public.keys (k text PRIMARY KEY); \
         ALTER TABLE verifier ADD CONSTRAINT way_in FOREIGN KEY (row_key) \
         REFERENCES public.keys (k) ON DELETE CASCADE NOT VALID",
        "ALTER TABLE verifier DROP CONSTRAINT way_in; DROP TABLE public.keys",
    ),
    (
        "CREATE TABLE public.child () INHERITS (holdfast.snapshot)",
        // Only then is the table none with children any more.
        "DROP TABLE public.child; ANALYZE snapshot",
    ),
    (
        "CREATE PUBLICATION copies FOR TABLE snapshot",
        "DROP PUBLICATION copies",
    ),
    (
        "CREATE SUBSCRIPTION applies CONNECTION 'dbname=nowhere' PUBLICATION copies \
         WITH (connect = false)",
        "ALTER SUBSCRIPTION applies SET (slot_name = NONE); DROP SUBSCRIPTION applies",
    ),
];

/// Fills in what a statement leaves open.
fn filler(fixture: &Fixture) -> impl Fn(&str) -> String {
    let name = fixture.place.database().name().to_owned();
    let made = "SELECT pg_get_functiondef('holdfast.refuse()'::regprocedure)";
    let mut session = fixture.place.database().connect().unwrap();
    let refuse: String = session.query_one(made, &[]).unwrap().get(0);
    let commented = refuse.replacen("BEGIN", "BEGIN -- as before", 1);
    assert_ne!(commented, refuse);
    move |statement| {
        statement
            .replace("{refuse commented}", &commented)
            .replace("{refuse}", &refuse)
            .replace("{db}", &name)
    }
}

/// Each change is made after the gate has said OPEN, and met by a registration that relies on that.
fn holds_for_each(drifts: &[Drift]) {
    let server = server();
    let fixture = fixture(&server, drifts.len());
    let deployment = fixture.deployment();
    let mut pipeline = deployment
        .pipeline(Box::new(deployment::Unwatched))
        .unwrap();
    let filled = filler(&fixture);
    for (number, (make, take_back)) in drifts.iter().enumerate() {
        let report = json(&pipeline.gate().unwrap().gate_report);
        assert_eq!(text(&report, "/state"), "OPEN", "before {make}: {report}");
        let before = Counts::of(&fixture);
        tamper(&fixture, &filled(make));
        let held = pipeline.register(&fixture.request(number)).unwrap();
        assert_eq!(held.outcome, Outcome::Hold, "{make}");
        assert_eq!(codes(&held), ["GATE_REPORT_STALE"], "{make}");
        assert_eq!(Counts::of(&fixture).ledger, before.ledger, "{make}");
        tamper(&fixture, &filled(take_back));
        let registered = pipeline.register(&fixture.request(number)).unwrap();
        let why = registered.decision.as_deref().map(json);
        assert_eq!(
            registered.outcome,
            Outcome::Registered,
            "after {make}: {why:#?}"
        );
    }
}

#[test]
fn grants_since_the_report_hold() {
    holds_for_each(&GRANTS);
}

#[test]
fn memberships_and_attributes_since_the_report_hold() {
    holds_for_each(&ROLES);
}

#[test]
fn owners_and_settings_since_the_report_hold() {
    holds_for_each(&OWNERS_AND_SETTINGS);
}

#[test]
fn triggers_and_bodies_since_the_report_hold() {
    holds_for_each(&TRIGGERS_AND_BODIES);
}

#[test]
fn views_rules_keys_and_replication_since_the_report_hold() {
    holds_for_each(&WAYS_IN);
}

/// What nobody could write a carrier by is no news: the report stands, and the write goes through.
#[test]
fn what_no_proof_rests_on_does_not_hold() {
    let server = server();
    let fixture = fixture(&server, 1);
    let mut pipeline = fixture.pipeline();
    let report = pipeline.gate().unwrap().gate_report;
    assert_eq!(text(&json(&report), "/state"), "OPEN");
    let elsewhere = "CREATE ROLE bystander LOGIN; GRANT middle TO bystander; \
         ALTER ROLE bystander SET work_mem = '8MB'; \
         CREATE TABLE public.notes (note text); GRANT INSERT ON public.notes TO bystander; \
         CREATE FUNCTION public.helper() RETURNS trigger LANGUAGE plpgsql \
           AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER helps BEFORE INSERT ON public.notes \
           FOR EACH ROW EXECUTE FUNCTION public.helper(); \
         CREATE VIEW public.shown AS SELECT * FROM public.notes";
    tamper(&fixture, elsewhere);
    let answer = pipeline.register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
    assert_eq!(answer.gate_report, Some(report), "the very report");
}
