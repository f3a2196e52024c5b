//! What `cargo mutants` wrote down of the rounds of one crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::settle::Extent;

/// Keeps the outcomes of the round that has just ended.
pub(crate) fn keep(folder: &Path, number: usize) -> Result<()> {
    let written = folder.join("mutants.out/outcomes.json");
    // Nothing is written of a round that had no mutant to judge.
    if written.exists() {
        fs::copy(&written, kept(folder, number))
            .with_context(|| format!("copying {}", written.display()))?;
    }
    Ok(())
}

fn kept(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("round-{number}.json"))
}

/// The outcomes of all rounds.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) extent: Extent,
    pub(crate) outcomes: Vec<Judgement>,
}

/// One mutant and how it ended, in the last round that judged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// Relative to the workspace root.
    pub(crate) file: String,
    /// What was changed in which function, without the line.
    pub(crate) mutant: String,
    /// Line and column, for people.
    pub(crate) place: String,
    pub(crate) end: End,
}

/// How a mutant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Unviable,
    Caught,
    Missed,
    /// The tests did not end in the time they were given.
    Endless,
}

/// How many mutants ended in which way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) mutants: usize,
    pub(crate) unviable: usize,
    pub(crate) caught: usize,
    pub(crate) missed: usize,
    pub(crate) endless: usize,
}

impl Record {
    /// What was kept of the last run, which had this many rounds.
    pub(crate) fn read(folder: &Path, rounds: usize) -> Result<Self> {
        let extent = Extent::read(folder)?;
        let rounds = (0..rounds).map(|number| round(&kept(folder, number)));
        Ok(Self::of(extent, rounds.collect::<Result<_>>()?))
    }

    /// What the rounds up to this one left, as `cargo mutants` names it.
    pub(crate) fn survivors(folder: &Path, rounds: usize) -> Result<Vec<String>> {
        let rounds = (0..rounds).map(|number| round(&kept(folder, number)));
        let record = Self::of(Extent::Mutants, rounds.collect::<Result<_>>()?);
        let left = record.outcomes.iter();
        let left = left.filter(|one| one.is_left());
        let name = |one: &Judgement| format!("{}:{}: {}", one.file, one.place, one.mutant);
        Ok(left.map(name).collect())
    }

    /// A later round has the last word on what the ones before left, and none on what they settled:
    /// its tests are others, and it may be asked of more than was left.
    pub(crate) fn of(extent: Extent, rounds: Vec<Vec<Judgement>>) -> Self {
        let mut outcomes: Vec<Judgement> = Vec::new();
        for mut round in rounds {
            let settled = outcomes.iter().filter(|one| !one.is_left());
            let settled: BTreeSet<_> = settled.map(Judgement::key).collect();
            round.retain(|judgement| !settled.contains(&judgement.key()));
            let again: BTreeSet<_> = round.iter().map(Judgement::key).collect();
            outcomes.retain(|judgement| !again.contains(&judgement.key()));
            outcomes.extend(round);
        }
        Self { extent, outcomes }
    }

    pub(crate) fn counts(&self) -> Counts {
        let of = |end| self.outcomes.iter().filter(|one| one.end == end).count();
        Counts {
            mutants: self.outcomes.len(),
            unviable: of(End::Unviable),
            caught: of(End::Caught),
            missed: of(End::Missed),
            endless: of(End::Endless),
        }
    }
}

impl Judgement {
    fn key(&self) -> (String, String, String) {
        (self.file.clone(), self.place.clone(), self.mutant.clone())
    }

    /// Whether a later round is to be asked.
    fn is_left(&self) -> bool {
        matches!(self.end, End::Missed | End::Endless)
    }
}

#[derive(Debug, Deserialize)]
struct Written {
    outcomes: Vec<Outcome>,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: Summary,
}

#[derive(Debug, Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

#[derive(Debug, Deserialize)]
struct Mutant {
    name: String,
    file: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Summary {
    Success,
    CaughtMutant,
    MissedMutant,
    Unviable,
    Timeout,
    Failure,
}

fn round(path: &Path) -> Result<Vec<Judgement>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let reading = || format!("reading {}", path.display());
    let text = fs::read_to_string(path).with_context(reading)?;
    let written: Written = serde_json::from_str(&text).with_context(reading)?;
    let judgements = written.outcomes.iter().filter_map(judgement);
    judgements.collect::<Result<_>>().with_context(reading)
}

/// What became of a mutant; the unmutated tree is none.
fn judgement(outcome: &Outcome) -> Option<Result<Judgement>> {
    let Scenario::Mutant(mutant) = &outcome.scenario else {
        return None;
    };
    let end = match outcome.summary {
        Summary::CaughtMutant => End::Caught,
        Summary::MissedMutant => End::Missed,
        Summary::Unviable => End::Unviable,
        Summary::Timeout => End::Endless,
        Summary::Success | Summary::Failure => {
            let (name, summary) = (&mutant.name, outcome.summary);
            return Some(Err(anyhow::anyhow!("`{name}` ended with {summary:?}")));
        }
    };
    let parts = mutant.name.strip_prefix(&mutant.file);
    let parts = parts.and_then(|rest| rest.strip_prefix(':')?.split_once(": "));
    let parts = parts.with_context(|| format!("`{}` has no place and name", mutant.name));
    Some(parts.map(|(place, name)| Judgement {
        file: mutant.file.clone(),
        mutant: name.to_owned(),
        place: place.to_owned(),
        end,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(summary: &str) -> Result<Judgement> {
        let text = format!(
            r#"{{"summary":"{summary}","scenario":{{"Mutant":{{"file":"crates/a/src/b.rs",
               "name":"crates/a/src/b.rs:3:7: replace < with > in one::two"}}}}}}"#
        );
        judgement(&serde_json::from_str(&text).unwrap()).unwrap()
    }

    #[test]
    fn a_mutant_is_named_without_the_line_it_stands_on() {
        let judged = of("MissedMutant").unwrap();
        assert_eq!(judged.mutant, "replace < with > in one::two");
        assert_eq!(judged.place, "3:7");
        assert_eq!(judged.end, End::Missed);
        assert!(of("Failure").is_err());
        let baseline = r#"{"summary":"Success","scenario":"Baseline"}"#;
        assert!(judgement(&serde_json::from_str(baseline).unwrap()).is_none());
    }

    #[test]
    fn a_later_round_has_the_last_word() {
        let first = vec![of("MissedMutant").unwrap()];
        let left = Record::of(Extent::Crate, vec![first.clone(), Vec::new()]);
        assert_eq!(left.counts().missed, 1);
        let second = vec![of("CaughtMutant").unwrap()];
        let mended = Record::of(Extent::Crate, vec![first, second]);
        let counts = mended.counts();
        assert_eq!((counts.mutants, counts.missed, counts.caught), (1, 0, 1));
    }

    #[test]
    fn what_was_caught_stays_caught() {
        let first = vec![of("CaughtMutant").unwrap()];
        let second = vec![of("MissedMutant").unwrap()];
        let record = Record::of(Extent::Crate, vec![first, second]);
        let counts = record.counts();
        assert_eq!((counts.mutants, counts.missed, counts.caught), (1, 0, 1));
    }
}
