//! Steps follow from the lengths of the lists, as the table of `steps` says.

use serde_json::Value;

use super::baseline;
use super::bundle::sealed;
use crate::case::Case;
use crate::checks;
use crate::contract::VerdictStage;
use crate::open::Envelopes;

fn length(envelope: &Value, pointer: &str) -> u64 {
    let list = envelope.pointer(pointer).and_then(Value::as_array).unwrap();
    u64::try_from(list.len()).unwrap()
}

#[test]
fn each_check_takes_the_steps_that_the_lengths_of_its_lists_say() {
    let sights = [baseline::before(), baseline::after()];
    let (readback, owner) = (baseline::readback(), baseline::owner());
    let attesting = [&owner, &baseline::artifact(), &sights[0], &sights[1]];
    let cited: u64 = attesting
        .map(|one| length(one, "/header/source_refs"))
        .iter()
        .sum();
    let governed = length(&baseline::policy(), "/carriers");
    let (rows, known) = (length(&readback, "/rows"), length(&readback, "/carriers"));
    let quorum = "/trusted_attested/owner_or_approval_binding/quorum/counted";
    let votes = length(&owner, quorum);
    let listed = |one: &Value| length(one, "/manifest/surfaces");
    let seen = |one: &Value| length(one, "/capture/surfaces");
    let of_one = |one: &Value| {
        let members = length(one, "/capture/aggregate/members");
        (listed(one) + seen(one) + members).pow(2)
    };
    let pair = seen(&sights[0]) * seen(&sights[1]);
    let due = [
        ("freshness.rows", rows),
        ("provenance.carriers", cited * (governed + known)),
        ("provenance.source_refs", cited * governed),
        ("authority.carriers", cited * (governed + known)),
        ("authority.readback", cited * rows),
        ("authority.heads", cited * (rows + governed)),
        ("authority.binding", cited * (votes + 3) + votes * votes),
        ("snapshot.unchanged", pair),
        ("snapshot.effect", pair),
        ("manifest.surfaces", sights.iter().map(of_one).sum()),
        ("manifest.same", listed(&sights[0]) * listed(&sights[1])),
    ];
    let bundle = sealed(VerdictStage::AfterWrite, &[]);
    let counted: Vec<(&str, u64)> = bundle.with_input(|input| {
        let envelopes = Envelopes::open(input);
        let case = Case::new(&envelopes, input.stage, input.attempt, input.now);
        let counted = checks().map(|check| (check.id, (check.steps)(&case)));
        counted.filter(|(_, steps)| *steps != 0).collect()
    });
    assert_eq!(counted, due);
}
