//! Bodies of guards, what each does, and how it is judged.

use carrier_prover::guard::facts::{FunctionFacts, Level, Operation, Timing};
use carrier_prover::guard::{BodyOutcome, BodyVerdict, judge_body};

const TABLE: &str = include_str!("bodies.txt");

pub(crate) struct Case {
    pub(crate) name: String,
    /// One letter for each of UPDATE, DELETE, TRUNCATE.
    pub(crate) expected: &'static str,
    pub(crate) path: Option<&'static str>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) body: String,
}

pub(crate) fn cases() -> Vec<Case> {
    let sections = TABLE.split("\n=== ").skip(1);
    sections
        .map(|section| {
            let (head, body) = section.split_once('\n').unwrap();
            let mut fields = head.split('|').map(str::trim);
            let name = fields.next().unwrap().to_owned();
            let expected = fields.next().unwrap();
            let path = match fields.next() {
                Some("none") => None,
                Some("") | None => Some("pg_catalog, pg_temp"),
                Some(path) => Some(path),
            };
            Case {
                name,
                expected,
                path,
                reason: fields.next(),
                body: body.to_owned(),
            }
        })
        .collect()
}

pub(crate) fn verdict(case: &Case, operation: Operation) -> BodyVerdict {
    let function = FunctionFacts {
        name: "app.guard()".to_owned(),
        language: "plpgsql".to_owned(),
        owner: "postgres".to_owned(),
        body: case.body.clone(),
        search_path: case.path.map(str::to_owned),
        security_definer: false,
        strict: false,
    };
    let level = match operation {
        Operation::Truncate => Level::Statement,
        Operation::Insert | Operation::Update | Operation::Delete => Level::Row,
    };
    judge_body(&function, Timing::Before, level, operation)
}

pub(crate) fn letter(outcome: BodyOutcome) -> char {
    match outcome {
        BodyOutcome::AlwaysRaises => 'R',
        BodyOutcome::AlwaysSuppresses => 'S',
        BodyOutcome::NeverRaises => 'N',
        BodyOutcome::Conditional => 'C',
        BodyOutcome::Unknown => 'U',
    }
}
