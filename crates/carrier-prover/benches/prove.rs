//! Measures a proof of a whole database: 500 tables, 200 roles, guards, views, functions, keys.
//!
//! `cargo bench -p carrier-prover --bench prove` prints the time of reading and of judging, medians
//! of a few rounds, and the most memory that the process held. The bar is 1.5 s for all of it
//! (spec 4); it is printed beside the figure and asserted nowhere.
#![expect(clippy::unwrap_used, reason = "without a server nothing is measured")]

#[path = "../tests/live/database.rs"]
mod lab;

use std::time::{Duration, Instant};

use carrier_prover::{Catalog, Declarations, Heading, render, seal};
use postgres_lab::{Server, ServerOptions};

const TABLES: usize = 500;
const ROLES: usize = 200;
const ROUNDS: usize = 7;

/// Tables as an application has them: each with a key, a reference to the one before, a trigger, a
/// view and a function that writes it, granted to some of the roles, which belong to each other.
const SCRIPT: &str = "
CREATE ROLE b_owner NOLOGIN;
DO $$ BEGIN FOR i IN 1..{roles} LOOP EXECUTE format('CREATE ROLE b_role_%s LOGIN', i); END LOOP; END $$;
DO $$ BEGIN FOR i IN 2..{roles} LOOP IF i % 5 <> 0 THEN
  EXECUTE format('GRANT b_role_%s TO b_role_%s', i / 5 * 5 + 1 - CASE WHEN i % 5 = 1 THEN 5 ELSE 0 END, i); END IF;
END LOOP; EXCEPTION WHEN undefined_object THEN NULL; END $$;
CREATE SCHEMA bench AUTHORIZATION b_owner;
GRANT USAGE ON SCHEMA bench TO PUBLIC;
SET ROLE b_owner;
CREATE FUNCTION bench.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RAISE EXCEPTION 'append only'; END $$;
DO $$ BEGIN FOR i IN 1..{tables} LOOP
  EXECUTE format('CREATE TABLE bench.t_%s (id bigint PRIMARY KEY, code text NOT NULL UNIQUE, body text NOT NULL, '
    'digest text NOT NULL, state text NOT NULL DEFAULT ''draft'' CHECK (state IN (''draft'', ''active'')), '
    'made timestamptz NOT NULL DEFAULT now(), parent bigint, '
    'CHECK (digest = encode(sha256(convert_to(body, ''UTF8'')), ''hex'')))', i);
  IF i > 1 THEN EXECUTE format('ALTER TABLE bench.t_%s ADD FOREIGN KEY (parent) REFERENCES bench.t_%s (id)%s', i, i - 1,
    CASE WHEN i % 7 = 0 THEN ' ON DELETE CASCADE' ELSE '' END); END IF;
  EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON bench.t_%s FOR EACH ROW EXECUTE FUNCTION bench.refuse()', i);
  EXECUTE format('ALTER TABLE bench.t_%s ENABLE ALWAYS TRIGGER kept', i);
  EXECUTE format('GRANT SELECT, INSERT ON bench.t_%s TO b_role_%s', i, 1 + i % {roles});
  IF i % 3 = 0 THEN EXECUTE format('GRANT UPDATE, DELETE ON bench.t_%s TO b_role_%s', i, 1 + i % {roles}); END IF;
  IF i % 4 = 0 THEN EXECUTE format('CREATE VIEW bench.v_%s AS SELECT id, code, state FROM bench.t_%s', i, i);
    EXECUTE format('GRANT SELECT, UPDATE ON bench.v_%s TO b_role_%s', i, 1 + (i * 3) % {roles}); END IF;
  IF i % 5 = 0 THEN EXECUTE format('CREATE FUNCTION bench.f_%s() RETURNS void LANGUAGE plpgsql SECURITY DEFINER '
    'SET search_path = pg_catalog, pg_temp AS $f$ BEGIN UPDATE bench.t_%s SET state = ''active''; END $f$', i, i); END IF;
END LOOP; END $$;
RESET ROLE;
";

fn main() {
    // `cargo test --all-targets` starts every bench; only `cargo bench` has it measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let options = ServerOptions::new().access_line("local all all trust");
    let options = options.setting("max_locks_per_transaction", "1024");
    let server = Server::start(options).unwrap();
    let script = SCRIPT
        .replace("{tables}", &TABLES.to_string())
        .replace("{roles}", &ROLES.to_string());
    let mut superuser = lab::database(&server, "bench", &[&script]);
    superuser.batch_execute("ANALYZE").unwrap();
    let mut rounds: Vec<[Duration; 3]> = (0..ROUNDS).map(|_| round(&server)).collect();
    println!(
        "{TABLES} tables, {ROLES} roles, {} statements, medians of {ROUNDS}",
        Catalog::ALL.len()
    );
    let names = ["read the catalogs", "judge", "print and seal"];
    let mut all = Duration::ZERO;
    for (at, name) in names.iter().enumerate() {
        rounds.sort_by_key(|round| round.get(at).copied());
        let median = rounds
            .get(ROUNDS / 2)
            .and_then(|round| round.get(at).copied())
            .unwrap();
        all += median;
        println!("{name:<20} {:>8.1} ms", median.as_secs_f64() * 1e3);
    }
    println!(
        "{:<20} {:>8.1} ms, at most 1500",
        "together",
        all.as_secs_f64() * 1e3
    );
    println!("{:<20} {:>8.1} MiB", "most memory", peak_mib());
}

fn round(server: &Server) -> [Duration; 3] {
    let began = Instant::now();
    let prover = lab::prover(server, "bench");
    let read = began.elapsed();
    let relations = prover
        .facts()
        .relations
        .iter()
        .filter(|row| row.kind == "r");
    let names: Vec<String> = relations
        .map(|row| format!("{}.{}", row.schema, row.name))
        .collect();
    assert!(names.len() >= TABLES, "{} tables", names.len());
    let began = Instant::now();
    let report = prover.prove(&Declarations::undeclared(names)).unwrap();
    let judged = began.elapsed();
    let began = Instant::now();
    let text = render(&report);
    let sealed = seal(&report, &heading());
    assert!(text.len() > TABLES && sealed.is_ok(), "{sealed:?}");
    [read, judged, began.elapsed()]
}

fn heading() -> Heading {
    Heading {
        trust_domain: "holdfast".to_owned(),
        audience: "holdfast.registration".to_owned(),
        run_id: "bench".to_owned(),
        issued_at: "2026-06-21T09:00:00.000000Z".parse().unwrap(),
        expires_at: "2026-06-21T09:05:00.000000Z".parse().unwrap(),
    }
}

/// The most memory that this process has held.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u32>().ok());
    f64::from(kib.unwrap_or_default()) / 1024.0
}
