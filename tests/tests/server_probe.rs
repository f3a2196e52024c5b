//! `holdfast prove --probe`, and what `prove` says where it may not read: on every version that is
//! there.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use gate::contract::carrier_report;
use holdfast_tests::answered::texts;
use holdfast_tests::proving::{made, of, on_version, prove};
use holdfast_tests::shell::{Said, run};
use postgres_lab::Server;
use serde_json::Value;
use tempfile::TempDir;

/// Everything that a database holds besides what every database holds, and who is there.
fn content(server: &Server, database: &str) -> Vec<String> {
    let rows = "SELECT 'relation ' || oid::regclass::text FROM pg_class WHERE oid >= 16384 \
           AND relnamespace::regnamespace::text !~ '^pg_' \
         UNION ALL SELECT 'function ' || oid::regprocedure::text FROM pg_proc WHERE oid >= 16384 \
         UNION ALL SELECT 'role ' || rolname FROM pg_roles ORDER BY 1";
    let mut session = server.connect(database).unwrap();
    let rows = session.query(rows, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// One table whose guards refuse whatever happens, and one whose guard is waved through by a setting.
const GUARDED: &str = "CREATE ROLE scribe LOGIN; CREATE ROLE passer_by LOGIN; \
    CREATE TABLE public.journal (line text NOT NULL); \
    CREATE TABLE public.notes (line text NOT NULL); \
    CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ \
      BEGIN RAISE EXCEPTION 'append only'; END $$; \
    CREATE FUNCTION public.refuse_mostly() RETURNS trigger LANGUAGE plpgsql AS $$ \
      BEGIN IF coalesce(current_setting('notes.open', true), 'yes') <> 'yes' THEN \
        RAISE EXCEPTION 'append only'; END IF; RETURN NEW; END $$; \
    CREATE TRIGGER refuse_rows BEFORE UPDATE OR DELETE ON public.journal \
      FOR EACH ROW EXECUTE FUNCTION public.refuse(); \
    CREATE TRIGGER refuse_rows BEFORE UPDATE OR DELETE ON public.notes \
      FOR EACH ROW EXECUTE FUNCTION public.refuse_mostly(); \
    ALTER TABLE public.journal ENABLE ALWAYS TRIGGER refuse_rows; \
    ALTER TABLE public.notes ENABLE ALWAYS TRIGGER refuse_rows; \
    GRANT SELECT, INSERT, UPDATE, DELETE ON public.journal, public.notes TO scribe";

const DECLARED: &str = r#"
[[carrier]]
carrier = "journal"
relation = "public.journal"
writers = ["scribe"]
triggers = ["refuse_rows"]
facets = [{ use = "audit_sink" }]

[[carrier]]
carrier = "notes"
relation = "public.notes"
writers = ["scribe"]
triggers = ["refuse_rows"]
facets = [{ use = "audit_sink" }]
"#;

/// A guarded database, an empty one beside it, and what is declared of the first.
struct Bench<'a> {
    server: &'a Server,
    folder: TempDir,
}

impl<'a> Bench<'a> {
    fn on(server: &'a Server) -> Self {
        let folder = TempDir::new().unwrap();
        made(server, "guarded", GUARDED);
        made(server, "scratch", "");
        std::fs::write(folder.path().join("carriers.toml"), DECLARED).unwrap();
        Self { server, folder }
    }

    fn prove(&self, role: &str, more: &[&str]) -> Said {
        let store = self.server.url(role, "guarded");
        let arguments = ["--json", "--carriers", "carriers.toml"];
        run(prove(self.folder.path(), &store, &arguments).args(more))
    }

    fn report(&self, role: &str, more: &[&str]) -> Value {
        self.prove(role, more).exits(3).envelope(carrier_report())
    }

    /// Refused with this cause, and nothing is on standard output.
    #[track_caller]
    fn refuses(&self, scratch: &str, cause: &str) {
        let said = self.prove("postgres", &["--probe", scratch]).exits(2);
        assert_eq!(said.text(), "");
        let found = said.error().cause.unwrap();
        assert!(found.contains(cause), "{found}");
    }
}

fn criterion<'a>(report: &'a Value, carrier: &str, name: &str) -> &'a str {
    let carrier = of(report, carrier, "audit-sink");
    carrier["criteria"][name].as_str().unwrap()
}

/// What the trial of a criterion came to, as its evidence says it.
fn trial(report: &Value, carrier: &str) -> String {
    let proofs = &of(report, carrier, "audit-sink")["proofs"];
    let mut proofs = proofs.as_array().unwrap().iter();
    let immutability = proofs.find(|one| one["criterion"] == "immutability");
    texts(immutability.unwrap(), "/evidence").join("\n")
}

/// A trial upholds the guard that is proven, refutes the one that is not, and leaves nothing behind.
fn guards_are_tried_on_a_copy(bench: &Bench<'_>) {
    let scratch = bench.server.url("postgres", "scratch");
    let before = content(bench.server, "scratch");
    let read = bench.report("passer_by", &[]);
    assert_eq!(criterion(&read, "journal", "immutability"), "proven");
    assert_eq!(criterion(&read, "notes", "immutability"), "unproven");
    let tried = bench.report("passer_by", &["--probe", &scratch]);
    assert_eq!(criterion(&tried, "journal", "immutability"), "proven");
    let said = trial(&tried, "journal");
    assert!(said.contains("6 attempts, 6 as foreseen"), "{said}");
    assert_eq!(criterion(&tried, "notes", "immutability"), "refuted");
    assert!(!tried.to_string().contains("ALARM"), "{tried:#}");
    assert_eq!(content(bench.server, "scratch"), before);
}

/// Nothing is tried where somebody keeps something, where others cannot be acted as, or on the
/// database itself.
fn trials_take_place_in_an_empty_database_only(bench: &Bench<'_>) {
    let url = |role: &str, database: &str| bench.server.url(role, database);
    let own = url("postgres", "guarded");
    bench.refuses(&own, "is the database that is proven");
    made(
        bench.server,
        "taken",
        "CREATE TABLE public.kept (line text)",
    );
    bench.refuses(&url("postgres", "taken"), "is not empty");
    bench.refuses(&url("scribe", "scratch"), "is no superuser");
}

/// What may not be read is unknown, and what rests on it unproven; who may not even connect is told.
fn what_may_not_be_read_is_unknown(bench: &Bench<'_>) {
    let mut superuser = bench.server.connect("guarded").unwrap();
    let hidden = "REVOKE SELECT ON pg_catalog.pg_trigger FROM PUBLIC";
    superuser.batch_execute(hidden).unwrap();
    let report = bench.report("passer_by", &[]);
    let unknown = texts(&report, "/unknown").join("\n");
    assert!(unknown.contains("pg_trigger"), "{unknown}");
    assert_eq!(criterion(&report, "journal", "immutability"), "unproven");
    let shut = "REVOKE CONNECT ON DATABASE guarded FROM PUBLIC";
    superuser.batch_execute(shut).unwrap();
    let said = bench.prove("passer_by", &[]).exits(6);
    assert_eq!(said.text(), "");
    for part in ["passer_by", "guarded", "CONNECT"] {
        assert!(said.stderr.contains(part), "no `{part}`: {}", said.stderr);
    }
    let open = "GRANT CONNECT ON DATABASE guarded TO passer_by; \
                GRANT SELECT ON pg_catalog.pg_trigger TO passer_by";
    superuser.batch_execute(open).unwrap();
    let report = bench.report("passer_by", &[]);
    assert_eq!(criterion(&report, "journal", "immutability"), "proven");
}

fn everything(server: &Server) {
    let bench = Bench::on(server);
    guards_are_tried_on_a_copy(&bench);
    trials_take_place_in_an_empty_database_only(&bench);
    what_may_not_be_read_is_unknown(&bench);
}

#[test]
fn private_server_of_15_is_tried_and_read_as_far_as_it_lets() {
    on_version(15, everything);
}

#[test]
fn private_server_of_16_is_tried_and_read_as_far_as_it_lets() {
    on_version(16, everything);
}

#[test]
fn private_server_of_17_is_tried_and_read_as_far_as_it_lets() {
    on_version(17, everything);
}

#[test]
fn private_server_of_18_is_tried_and_read_as_far_as_it_lets() {
    on_version(18, everything);
}
