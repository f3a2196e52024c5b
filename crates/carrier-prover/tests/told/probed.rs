//! What a probe tries, and what comes of every way that the tries can end.

use std::fmt::Write;

use carrier_prover::{Attempt, Attempted, Scratch, render};

use crate::differences::differences;
use crate::reviewed::{catalogs, compare, kept};

/// A database that answers everything alike, and writes down what it was asked.
struct Scripted {
    rebuilds: Result<(), String>,
    answers: Result<Attempted, String>,
    discards: Result<(), String>,
    asked: String,
}

impl Scripted {
    fn answering(answers: Result<Attempted, String>) -> Self {
        Self {
            rebuilds: Ok(()),
            answers,
            discards: Ok(()),
            asked: String::new(),
        }
    }
}

impl Scratch for Scripted {
    fn rebuild(&mut self, statements: &[String]) -> Result<(), String> {
        writeln!(self.asked, "rebuild:").unwrap();
        for statement in statements {
            writeln!(self.asked, "  {statement};").unwrap();
        }
        self.rebuilds.clone()
    }

    fn attempt(&mut self, attempt: &Attempt) -> Result<Attempted, String> {
        let mode = if attempt.in_replica_mode {
            " in replica mode"
        } else {
            ""
        };
        let statements = attempt.statements.join("; ");
        let (role, relation) = (&attempt.role, &attempt.relation);
        writeln!(
            self.asked,
            "as {role}{mode}, beside {relation}: {statements}"
        )
        .unwrap();
        self.answers.clone()
    }

    fn discard(&mut self) -> Result<(), String> {
        writeln!(self.asked, "discard").unwrap();
        self.discards.clone()
    }
}

/// Every way that tries can end.
fn scripts() -> [(&'static str, Scripted); 7] {
    let lost = || "the connection is lost".to_owned();
    let refused = || Ok(Attempted::Refused("permission denied".to_owned()));
    let unable = Ok(Attempted::Unable("no such function".to_owned()));
    let answering = Scripted::answering;
    [
        ("everything is refused", answering(refused())),
        ("every row is changed", answering(Ok(Attempted::Changed))),
        ("nothing happens", answering(Ok(Attempted::Unchanged))),
        ("nothing can be tried", answering(unable)),
        ("no try has an answer", answering(Err(lost()))),
        (
            "nothing is rebuilt",
            Scripted {
                rebuilds: Err(lost()),
                ..answering(refused())
            },
        ),
        (
            "nothing is taken back",
            Scripted {
                discards: Err(lost()),
                ..answering(refused())
            },
        ),
    ]
}

#[test]
fn what_is_told_of_probes_is_what_was_reviewed() {
    let [control, _, paths, ..] = kept();
    for kept in [control, paths] {
        let prover = catalogs(&kept).prover();
        let before = render(&prover.prove(&kept.declared).unwrap());
        let mut all = String::new();
        for (number, (what, mut scripted)) in scripts().into_iter().enumerate() {
            let report = prover.probe(&kept.declared, &mut scripted).unwrap();
            let differences = differences(&before, &render(&report));
            // What is asked first is asked whatever is answered.
            let asked = if number == 0 {
                scripted.asked
            } else {
                String::new()
            };
            writeln!(all, "== {what}\n{asked}{differences}").unwrap();
        }
        compare(&format!("{}-probed", kept.name), &all);
    }
}
