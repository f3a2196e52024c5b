//! Every way to let something through where a reject is due.

use serde_json::{Value, json};

use super::{Due, Finding, judge};
use crate::block::Block;
use crate::door::{Trouble, Unanswered};
use crate::suite::Suite;

/// One case of a block: the codes that are due, and what the block says to it and to its twin.
struct Told {
    block: Block,
    codes: Vec<String>,
    refusal: Value,
    pass: Value,
}

impl Told {
    /// Of the first case that is rejected by an envelope.
    fn of(suite: &Suite, block: Block) -> Self {
        let cases = suite.of(block).into_iter();
        let mut told = cases
            .filter(|put| put.at.answers_with.is_none())
            .map(|put| {
                let said = |twin| {
                    block
                        .answer(suite.frame(&put, twin).unwrap().bytes())
                        .unwrap()
                };
                let read = |twin| serde_json::from_slice(&said(twin)).unwrap();
                Self {
                    block,
                    codes: put.input.expect.codes.clone(),
                    refusal: read(false),
                    pass: read(true),
                }
            });
        told.find(|told| {
            !told.codes.is_empty() && told.refusal["envelope_type"] == told.pass["envelope_type"]
        })
        .unwrap()
    }

    fn due(&self) -> Due<'_> {
        Due {
            codes: &self.codes,
            bytes: None,
            states: &[],
        }
    }

    fn judge(&self, output: &[u8]) -> Finding {
        judge(self.block, &self.due(), Ok(output.to_vec()))
    }

    /// What is found, and what would be if the twin's answer were due: that is never open.
    fn finds(&self, output: &[u8]) -> Finding {
        let due = Due {
            codes: &[],
            ..self.due()
        };
        let twin = judge(self.block, &due, Ok(output.to_vec()));
        assert!(matches!(twin, Finding::Wrong(_)), "{twin:?}");
        self.judge(output)
    }
}

fn told() -> Vec<Told> {
    let suite = Suite::load().unwrap();
    Block::ALL.map(|block| Told::of(&suite, block)).into()
}

fn sealed(mut envelope: Value) -> Vec<u8> {
    let kind = envelope["envelope_type"].as_str().unwrap().to_owned();
    envelope["header"]["evidence_hash"] = Value::Null;
    let hash = canonical::hash(&canonical::tags::evidence(&kind), &envelope).unwrap();
    envelope["header"]["evidence_hash"] = json!(hash);
    canonical::write(&envelope).unwrap()
}

fn is_open(finding: &Finding) -> bool {
    matches!(finding, Finding::FailOpen(_))
}

#[test]
fn a_refusal_is_good_and_a_pass_in_its_place_is_open() {
    for told in told() {
        assert_eq!(told.judge(&sealed(told.refusal.clone())), Finding::Good);
        assert!(is_open(&told.judge(&sealed(told.pass.clone()))));
    }
}

#[test]
fn a_reject_that_carries_a_write_is_open() {
    let suite = Suite::load().unwrap();
    let told = Told::of(&suite, Block::Registrar);
    let registered = suite.of(Block::Registrar).into_iter().find_map(|put| {
        let said = Block::Registrar.answer(suite.frame(&put, true).unwrap().bytes());
        let said: Value = serde_json::from_slice(&said.unwrap()).unwrap();
        (said["outcome"] == "registered").then_some(said)
    });
    let registered = registered.unwrap();
    for member in ["head", "consume", "operation_start"] {
        let mut decision = told.refusal.clone();
        assert_eq!(decision[member], Value::Null);
        decision[member] = registered[member].clone();
        assert!(is_open(&told.finds(&sealed(decision.clone()))), "{member}");
        // Nor is it a pass where nothing speaks against it.
        decision["reject_codes"] = json!([]);
        assert!(is_open(&told.finds(&sealed(decision))), "{member}");
    }
}

#[test]
fn a_pass_that_names_the_due_codes_is_open() {
    for told in told() {
        let mut both = told.pass.clone();
        for member in ["refusals", "reject_codes"] {
            if let Some(refused) = told.refusal.get(member) {
                both[member] = refused.clone();
            }
        }
        assert!(is_open(&told.finds(&sealed(both))), "{}", told.block.name());
    }
}

#[test]
fn a_pass_is_open_whatever_stands_beside_it() {
    for told in told() {
        let (refusal, pass) = (sealed(told.refusal.clone()), sealed(told.pass.clone()));
        let text = String::from_utf8(pass.clone()).unwrap();
        let again = "\"outcome\":\"reject\",\"capture\":null,\"trusted_attested\":null";
        let (first, last) = (
            format!("{{{again},{}", &text[1..]),
            format!("{},{again}}}", &text[..text.len() - 1]),
        );
        for output in [
            [&pass[..], b"\n", &refusal].concat(),
            [&refusal[..], b"\n", &pass, b"\n"].concat(),
            [&refusal[..], &pass].concat(),
            [&b"ready\n"[..], &pass].concat(),
            [&pass[..], b" so be it"].concat(),
            [&pass[..], b"\n\n"].concat(),
            // What is not in the form, or not the bytes that were sealed, is meant no less.
            [&b" "[..], &pass].concat(),
            text.replace(
                "\"evidence_hash\":\"sha256:",
                "\"evidence_hash\":\"sha256:f",
            )
            .into_bytes(),
            first.into_bytes(),
            last.into_bytes(),
        ] {
            let shown = String::from_utf8_lossy(&output);
            assert!(
                is_open(&told.finds(&output)),
                "{}: {shown}",
                told.block.name()
            );
        }
    }
}

#[test]
fn a_pass_is_open_however_the_program_ended() {
    for told in told() {
        for pass in [true, false] {
            let output = sealed(if pass {
                told.pass.clone()
            } else {
                told.refusal.clone()
            });
            let none = Unanswered {
                trouble: Trouble::Flood,
                output,
            };
            let found = judge(told.block, &told.due(), Err(none));
            assert_eq!(is_open(&found), pass, "{found:?}");
            assert_ne!(found, Finding::Good);
        }
    }
}

#[test]
fn what_lets_nothing_through_is_wrong_and_not_open() {
    for told in told() {
        let mut silent = told.refusal.clone();
        for member in ["refusals", "reject_codes"] {
            if silent.get(member).is_some() {
                silent[member] = json!([]);
            }
        }
        let refusal = sealed(told.refusal.clone());
        for output in [
            sealed(silent),
            [&refusal[..], b"\n", &refusal].concat(),
            [&refusal[..], b"}"].concat(),
            b"{\"outcome\":null}".to_vec(),
            b"[".to_vec(),
            b"\n".to_vec(),
        ] {
            let found = told.finds(&output);
            assert!(matches!(found, Finding::Wrong(_)), "{found:?}");
        }
    }
}

#[test]
fn another_decision_is_open_where_the_prior_one_is_due() {
    let suite = Suite::load().unwrap();
    let put = suite
        .of(Block::Registrar)
        .into_iter()
        .find(|put| put.at.answers_with.is_some() && put.input.expect.codes.is_empty());
    let put = put.unwrap();
    let frame = suite.frame(&put, false).unwrap();
    let prior = Block::Registrar.answer(frame.bytes()).unwrap();
    let due = Due {
        codes: &[],
        bytes: Some(&prior),
        states: &[],
    };
    let judge = |output: Vec<u8>| judge(Block::Registrar, &due, Ok(output));
    assert_eq!(judge(prior.clone()), Finding::Good);
    let mut other: Value = serde_json::from_slice(&prior).unwrap();
    other["reject_codes"] = json!(["HEAD_EXISTS"]);
    assert!(is_open(&judge(sealed(other.clone()))));
    for member in ["head", "consume", "operation_start"] {
        other[member] = Value::Null;
    }
    other["outcome"] = json!("rejected");
    assert!(matches!(judge(sealed(other)), Finding::Wrong(_)));
}
