//! The pure work of one registration: hashing, opening, judging.

use canonical::hash_bytes;
use holdfast_tests::fixture::must;
use validator_e::{VerdictStage, contract, validate};

use crate::Effort;
use crate::bundle::Bundle;
use crate::rounds::{Task, medians};
use crate::table::Table;

/// What is called 2 KB.
const REFERENCE_BYTES: usize = 2048;

pub(crate) fn measure(effort: &Effort, table: &mut Table) {
    let bundle = Bundle::of_one_registration(&effort.program);
    let reference = vec![b'x'; REFERENCE_BYTES];
    let (before, after) = (VerdictStage::BeforeWrite, VerdictStage::AfterWrite);
    let (first, both) = (bundle.snapshots(before), bundle.snapshots(after));
    let before = bundle.input(before, &first);
    let after = bundle.input(after, &both);
    let accepted = must(validate(&before));
    assert_eq!(accepted, bundle.one("verdict"), "not the same verdict");
    let openings = openings(&bundle);
    let mut tasks = vec![
        Task::new(|| hash_bytes("bench", &reference)),
        Task::new(|| must(validate(&before))),
        Task::new(|| must(validate(&after))),
    ];
    for (_, _, open) in &openings {
        tasks.push(Task::new(open));
    }
    let mut times = medians(tasks, effort.rounds)
        .into_iter()
        .map(|ns| ns / 1000.0);
    let mut next = || times.next().unwrap_or(f64::NAN);
    table.reference(next());
    table.time("E, before the write", next(), Some(80.0));
    table.time("E, after the write", next(), Some(80.0));
    for (name, bytes, _) in &openings {
        let time = next();
        #[expect(clippy::cast_precision_loss, reason = "envelopes are small")]
        let of_2_kb = time * REFERENCE_BYTES as f64 / *bytes as f64;
        table.time(format!("open {name} of {bytes} bytes"), time, None);
        table.time("  the same per 2 KB", of_2_kb, Some(10.0));
    }
}

type Opening<'a> = (&'static str, usize, Box<dyn Fn() + 'a>);

/// Every envelope that the validator opens.
fn openings(bundle: &Bundle) -> Vec<Opening<'_>> {
    fn opening<'a, T: serde::de::DeserializeOwned>(
        name: &'static str,
        contract: &'static envelope::Contract<T>,
        bytes: &'a [u8],
    ) -> Opening<'a> {
        let open = move || {
            std::hint::black_box(must(contract.open(bytes)));
        };
        (name, bytes.len(), Box::new(open))
    }
    vec![
        opening(
            "owner-attestation",
            contract::owner_attestation(),
            bundle.one("owner_attestation"),
        ),
        opening(
            "artifact-attestation",
            contract::artifact_attestation(),
            bundle.one("artifact_attestation"),
        ),
        opening("snapshot", contract::snapshot(), bundle.one("snapshot")),
        opening(
            "authority-readback",
            contract::authority_readback(),
            bundle.one("authority_readback"),
        ),
        opening(
            "integration",
            contract::integration(),
            bundle.one("integration"),
        ),
        opening(
            "registration-decision",
            contract::registration_decision(),
            bundle.one("registration_decision"),
        ),
        opening("verdict", contract::verdict(), bundle.one("verdict")),
    ]
}
