//! The store proves itself: what `holdfast init` makes is fit for what it is declared for.

use std::collections::BTreeSet;
use std::sync::Barrier;

use carrier_prover::contract::{CarrierClass, CriterionOutcome};
use carrier_prover::{Prover, Report};

use super::fixture::Fixture;
use crate::{Catalogs, Credentials, Role, own_carriers};

fn report(fixture: &Fixture) -> Report {
    let credentials = Credentials::new(fixture.directory.path());
    let mut catalogs = Catalogs::connect(fixture.store.address(), &credentials).unwrap();
    let prover = Prover::new(&mut catalogs).unwrap();
    let declared = own_carriers(fixture.database.name()).unwrap();
    prover.prove(&declared).unwrap()
}

#[test]
fn every_carrier_of_a_fresh_store_is_proven_for_its_declared_use() {
    let fixture = Fixture::fresh();
    let report = report(&fixture);
    assert!(report.unknown.is_empty(), "{:?}", report.unknown);
    for proof in &report.carriers {
        let proven = CarrierClass::ProvenAuthorityControlledCarrier;
        assert_eq!(proof.class, proven, "{proof:#?}");
        assert_eq!(proof.unaccounted, Vec::<String>::new(), "{}", proof.carrier);
        assert_eq!(
            proof.dual_writers,
            Vec::<String>::new(),
            "{}",
            proof.carrier
        );
    }
}

#[test]
fn every_table_of_a_store_is_declared_or_known_to_carry_nothing() {
    let fixture = Fixture::fresh();
    let declared: BTreeSet<String> = own_carriers(fixture.database.name())
        .unwrap()
        .0
        .into_iter()
        .map(|declaration| declaration.relation)
        .collect();
    let tables = "SELECT 'holdfast.' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace \
                  WHERE nspname = 'holdfast' AND relkind IN ('r', 'p')";
    let found = fixture.superuser().query(tables, &[]).unwrap();
    let left: BTreeSet<String> = found
        .iter()
        .map(|row| row.get(0))
        .filter(|table: &String| !declared.contains(table))
        .collect();
    let expected = [
        "attempt",
        "authority_head",
        "dot_epoch",
        "failure_audit_end",
        "schema_history",
    ];
    assert_eq!(left, expected.map(|name| format!("holdfast.{name}")).into());
}

#[test]
fn a_grant_to_somebody_else_leaves_the_carrier_unproven() {
    let fixture = Fixture::fresh();
    let reader = Role::Reader.login(fixture.database.name());
    let grant = format!("GRANT INSERT ON holdfast.ledger TO {reader}");
    fixture.superuser().batch_execute(&grant).unwrap();
    let report = report(&fixture);
    let open: Vec<(&str, CriterionOutcome)> = report
        .carriers
        .iter()
        .filter(|proof| proof.class != CarrierClass::ProvenAuthorityControlledCarrier)
        .map(|proof| (proof.carrier.as_str(), proof.outcome("writer_authority")))
        .collect();
    assert_eq!(open, [("ledger", CriterionOutcome::Refuted)]);
}

#[test]
fn the_reader_is_who_reads_even_where_the_address_names_the_administrator() {
    let fixture = Fixture::fresh();
    let credentials = Credentials::new(fixture.directory.path());
    let catalogs = Catalogs::connect(fixture.store.address(), &credentials).unwrap();
    assert_eq!(
        catalogs.login(),
        Role::Reader.login(fixture.database.name())
    );
}

/// Two captures of one attempt at one moment, until the server has counted one of them as deleted.
#[test]
fn an_insert_that_lost_a_race_is_no_deletion() {
    const INSERT: &str = "INSERT INTO holdfast.snapshot (attempt_id, phase, bytes) \
         VALUES (pg_catalog.md5($1::bigint::text)::uuid, 'after', '') ON CONFLICT DO NOTHING";
    const COUNTED: &str = "SELECT n_tup_del FROM pg_stat_all_tables \
         WHERE schemaname = 'holdfast' AND relname = 'snapshot'";
    const EACH: i64 = 200;
    let fixture = Fixture::fresh();
    let together = Barrier::new(2);
    let is_counted = (0..500_i64).any(|round| {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut writer = fixture.connect(Role::Observer);
                    let insert = writer.prepare(INSERT).unwrap();
                    for number in round * EACH..(round + 1) * EACH {
                        together.wait();
                        writer.execute(&insert, &[&number]).unwrap();
                    }
                    writer.close().unwrap();
                });
            }
        });
        let counted = fixture.superuser().query_one(COUNTED, &[]);
        counted.unwrap().get::<_, i64>(0) > 0
    });
    assert!(is_counted, "no insert lost a race");
    let report = report(&fixture);
    let mut proofs = report.carriers.iter();
    let proof = proofs.find(|proof| proof.carrier == "snapshot").unwrap();
    let proven = CarrierClass::ProvenAuthorityControlledCarrier;
    assert_eq!(proof.class, proven, "{proof:#?}");
    let evidence = &proof.criterion("immutability").unwrap().evidence;
    let told = "deletions of rows of `holdfast.snapshot` are counted";
    let is_told = evidence.iter().any(|line| line.contains(told));
    assert!(is_told, "{evidence:#?}");
}
