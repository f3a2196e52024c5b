//! What is not known is not proven, and what changes shows.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "live/lab.rs"]
mod lab;

use carrier_prover::contract::{CarrierClass, CriterionOutcome};
use carrier_prover::{CarrierProof, Certainty, Declarations, Operation};
use postgres_lab::Server;

const CONTROL: &str = include_str!("fixtures/proven-control.sql");
const CONTROL_USE: &str = include_str!("fixtures/proven-control.toml");
const RELATION: &str = "carrier.signoff";

fn control(server: &Server, database: &str) -> CarrierProof {
    let declared = Declarations::from_toml(CONTROL_USE).unwrap();
    let report = lab::prover(server, database).prove(&declared).unwrap();
    report.carriers.into_iter().next().unwrap()
}

#[test]
fn a_catalog_that_cannot_be_read_leaves_nothing_proven_that_rests_on_it() {
    lab::on_every_version(|server| {
        let mut superuser = lab::database(server, "known", &[CONTROL]);
        let before = control(server, "known");
        assert_eq!(before.class, CarrierClass::ProvenAuthorityControlledCarrier);
        superuser
            .batch_execute("REVOKE SELECT ON pg_trigger FROM PUBLIC")
            .unwrap();
        let declared = Declarations::from_toml(CONTROL_USE).unwrap();
        let report = lab::prover(server, "known").prove(&declared).unwrap();
        assert_eq!(report.unknown.len(), 2, "{:?}", report.unknown);
        assert!(
            report
                .unknown
                .iter()
                .all(|line| line.contains("permission denied"))
        );
        let proof = report.carriers.first().unwrap();
        assert_eq!(proof.class, CarrierClass::ReuseCandidatePrecedent);
        for name in ["writer_authority", "immutability", "retention"] {
            assert_eq!(proof.outcome(name), CriterionOutcome::Unproven, "{name}");
        }
        // What does not rest on it stands.
        assert_eq!(proof.outcome("tamper_evidence"), CriterionOutcome::Proven);
    });
}

#[test]
fn the_fingerprint_moves_with_what_a_proof_rests_on_and_with_nothing_else() {
    lab::on_every_version(|server| {
        let mut superuser = lab::database(server, "printed", &[CONTROL]);
        let read = || {
            let prover = lab::prover(server, "printed");
            prover.fingerprint(&[RELATION]).unwrap()
        };
        let first = read();
        let declared = Declarations::from_toml(CONTROL_USE).unwrap();
        let report = lab::prover(server, "printed").prove(&declared).unwrap();
        assert_eq!(report.fingerprint, first);
        let prover = lab::prover(server, "printed");
        assert_eq!(prover.fingerprint_of(&declared).unwrap(), first);
        superuser
            .batch_execute("CREATE TABLE public.unrelated (id int); ANALYZE carrier.signoff")
            .unwrap();
        assert_eq!(read(), first);
        // The catalogs look as before, and yet the trigger's row is another one.
        superuser
            .batch_execute(
                "ALTER TABLE carrier.signoff DISABLE TRIGGER g_row; \
                 ALTER TABLE carrier.signoff ENABLE ALWAYS TRIGGER g_row",
            )
            .unwrap();
        let touched = read();
        assert_ne!(touched, first);
        superuser
            .batch_execute(
                "CREATE FUNCTION public.adds() RETURNS void LANGUAGE sql SECURITY DEFINER \
                 SET search_path = pg_catalog, pg_temp AS $$ DELETE FROM carrier.signoff $$",
            )
            .unwrap();
        assert_ne!(read(), touched);
    });
}

#[test]
fn a_table_without_a_declaration_still_has_writers_and_immutability() {
    lab::on_every_version(|server| {
        lab::database(server, "plain", &[CONTROL]);
        let report = lab::prover(server, "plain")
            .prove(&Declarations::undeclared([RELATION, "public.nothing"]))
            .unwrap();
        let proof = report.carriers.first().unwrap();
        assert_eq!(proof.class, CarrierClass::SourceUnprovenFailClosed);
        assert_eq!(proof.outcome("immutability"), CriterionOutcome::Proven);
        let inserter = proof
            .writers
            .iter()
            .find(|path| path.role == "pc_registrar" && path.operation == Operation::Insert);
        let inserter = inserter.unwrap();
        assert_eq!(inserter.certainty, Certainty::Certain);
        assert!(
            proof
                .triggers
                .iter()
                .any(|trigger| trigger.name == "g_trunc")
        );
        assert_eq!(proof.fitness.len(), 7);
        let absent = report.carriers.last().unwrap();
        assert_eq!(absent.relation, None);
        assert_eq!(absent.class, CarrierClass::SourceUnprovenFailClosed);
    });
}
