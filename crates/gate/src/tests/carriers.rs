use super::carriers_of;
use super::world::{World, object};
use crate::contract::{CarrierClass, CarrierProof, CriterionOutcome, RejectCode};
use crate::port::ObjectKind;

fn proof(world: &mut World, carrier: &str) -> CarrierProof {
    let report = carriers_of(world);
    let found = report
        .carriers
        .iter()
        .find(|proof| proof.carrier.as_str() == carrier);
    found.unwrap().clone()
}

fn outcome(proof: &CarrierProof, criterion: &str) -> (CriterionOutcome, Option<String>) {
    let found = proof
        .proofs
        .iter()
        .find(|judged| judged.criterion.as_str() == criterion)
        .unwrap();
    (
        found.outcome,
        found.witness.as_ref().map(ToString::to_string),
    )
}

#[test]
fn an_untouched_store_proves_every_carrier() {
    let report = carriers_of(&mut World::open());
    assert_eq!(report.carriers.len(), 22);
    for proof in &report.carriers {
        let class = CarrierClass::ProvenAuthorityControlledCarrier;
        assert_eq!(proof.carrier_class, class, "{}", proof.carrier);
        assert!(proof.reject_codes.is_empty());
        assert_eq!(proof.proofs.len(), 6);
    }
    assert!(report.trust_base[0].starts_with("the operating-system user that owns the store file"));
    assert_eq!(
        report.trust_base[1].as_str(),
        "the operating-system user 1000"
    );
}

#[test]
fn a_missing_guard_refutes_immutability_with_its_witness() {
    let mut world = World::open();
    world.drop_object("ownership_is_never_changed");
    let proof = proof(&mut world, "ownership");
    assert_eq!(proof.carrier_class, CarrierClass::ReuseCandidatePrecedent);
    let witness = "trigger `ownership_is_never_changed` of `ownership` is missing".to_owned();
    let refuted = (CriterionOutcome::Refuted, Some(witness));
    assert_eq!(outcome(&proof, "immutability"), refuted);
    let codes = [
        RejectCode::AuthorityRowMutable,
        RejectCode::LifecycleTransitionAuthorityUnproven,
    ];
    assert_eq!(*proof.reject_codes, codes);
}

#[test]
fn another_writer_refutes_writer_authority_and_says_by_which_path() {
    let mut world = World::open();
    world
        .credential("registrar")
        .may_insert
        .push("approval".to_owned());
    let proof = proof(&mut world, "approval");
    let witness = "`registrar` may insert into `approval`".to_owned();
    let refuted = (CriterionOutcome::Refuted, Some(witness.clone()));
    assert_eq!(outcome(&proof, "writer_authority"), refuted);
    assert_eq!(proof.reject_codes[0], RejectCode::AuthorityWriterUnproven);
    assert!(
        proof
            .writers
            .iter()
            .any(|writer| writer.as_str() == witness)
    );
}

#[test]
fn a_view_is_never_fit_and_a_missing_table_is_no_source() {
    let mut world = World::open();
    world.drop_object("admission");
    let missing = proof(&mut world, "admission");
    assert_eq!(
        missing.carrier_class,
        CarrierClass::SourceUnprovenFailClosed
    );
    let sql = "CREATE VIEW admission AS SELECT 1";
    world
        .objects
        .push(object(ObjectKind::View, "admission", "admission", sql));
    let view = proof(&mut world, "admission");
    assert_eq!(view.carrier_class, CarrierClass::NotFitForAuthenticity);
}

#[test]
fn an_unaccounted_trigger_is_charged_to_its_carrier() {
    let mut world = World::open();
    let sql = "CREATE TRIGGER spy AFTER INSERT ON ledger BEGIN SELECT tell(new.nonce); END";
    world
        .objects
        .push(object(ObjectKind::Trigger, "spy", "ledger", sql));
    let ledger = proof(&mut world, "ledger");
    assert_eq!(*ledger.reject_codes, [RejectCode::TriggerUnaccounted]);
    assert!(proof(&mut world, "decision").reject_codes.is_empty());
}

#[test]
fn a_carrier_without_a_lifecycle_has_no_transition_writer() {
    let ledger = proof(&mut World::open(), "ledger");
    assert_eq!(
        ledger.criteria.transition_writer,
        CriterionOutcome::NotApplicable
    );
    let ownership = proof(&mut World::open(), "ownership");
    assert_eq!(
        ownership.criteria.transition_writer,
        CriterionOutcome::Proven
    );
}
