//! The suite: all cases and baselines, as they were when the program was built.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::baseline::{self, Baseline};
use crate::block::Block;
use crate::case::{AtBlock, Case};
use crate::error::SuiteError;
use crate::frame::{self, Frame};
use crate::index::{BASELINES, CASES};
use crate::judge::{Due, Finding, judge};

/// Every case, by its id.
#[derive(Clone, Debug)]
pub struct Suite {
    cases: BTreeMap<String, Case>,
    baselines: Arc<BTreeMap<String, Baseline>>,
}

/// A case of one block, with the input that it is put to it with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Put<'a> {
    /// The case under its own name.
    pub(crate) case: &'a Case,
    /// Where its input and what is due stand: itself, or the case that it is an alias of.
    pub(crate) input: &'a Case,
    pub(crate) at: &'a AtBlock,
}

impl Suite {
    /// The suite that is part of this program.
    ///
    /// Fails when a case contradicts itself or rests on nothing.
    pub fn load() -> Result<Self, SuiteError> {
        Self::read(BASELINES.iter().copied(), CASES.iter().copied())
    }

    /// A suite of these files: baselines by `<block>/<name>`, cases by `<family>/<id>`.
    ///
    /// Fails as [`Suite::load`] does.
    pub fn read<'a>(
        baselines: impl IntoIterator<Item = (&'a str, &'a str)>,
        cases: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SuiteError> {
        let read = |(name, text): (&str, &str)| Ok((name.to_owned(), Baseline::read(name, text)?));
        let baselines: Result<_, SuiteError> = baselines.into_iter().map(read).collect();
        let mut suite = Self {
            cases: BTreeMap::new(),
            baselines: Arc::new(baselines?),
        };
        for (folder, text) in cases {
            let case = Case::read(folder, text)?;
            let id = case.id.clone();
            if suite.cases.insert(id.clone(), case).is_some() {
                let what = "is there twice".to_owned();
                return Err(SuiteError::Case { id, what });
            }
        }
        suite.check()?;
        Ok(suite)
    }

    fn check(&self) -> Result<(), SuiteError> {
        for case in self.cases.values() {
            let wrong = |what: String| SuiteError::Case {
                id: case.id.clone(),
                what,
            };
            for of in &case.same_as {
                if self.cases.get(of).is_none_or(|of| !of.same_as.is_empty()) {
                    return Err(wrong(format!(
                        "is an alias of `{of}`, which is no case of its own"
                    )));
                }
            }
            if let Some(at) = &case.block {
                if !self.baselines.contains_key(&at.baseline) {
                    return Err(wrong(format!("rests on no baseline `{}`", at.baseline)));
                }
                if baseline::block(&at.baseline).is_none() {
                    return Err(wrong(format!("is of no block: `{}`", at.baseline)));
                }
            }
        }
        Ok(())
    }

    /// Every case, aliases too, in the order of their ids.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// A case by its id.
    pub fn case(&self, id: &str) -> Option<&Case> {
        self.cases.get(id)
    }

    /// The cases of one block, aliases under their own names.
    pub(crate) fn of(&self, block: Block) -> Vec<Put<'_>> {
        let put = |case| {
            self.inputs(case).filter_map(move |input: &Case| {
                let at = input.block.as_ref()?;
                (baseline::block(&at.baseline) == Some(block)).then_some(Put { case, input, at })
            })
        };
        self.cases.values().flat_map(put).collect()
    }

    /// The cases whose input a case has: itself, or all that it is an alias of.
    pub fn inputs<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = &'a Case> {
        let itself = case.same_as.is_empty().then_some(case);
        let others = case.same_as.iter().filter_map(|of| self.cases.get(of));
        itself.into_iter().chain(others)
    }

    /// The frame of a case, mutated, or of its accept twin.
    ///
    /// Fails when the case's changes do not fit its baseline.
    pub(crate) fn frame(&self, put: &Put<'_>, twin: bool) -> Result<Frame, SuiteError> {
        let changes = if twin { &put.at.twin } else { &put.at.mutation };
        let unmade = |what: String| SuiteError::Change {
            id: put.input.id.clone(),
            what,
        };
        let baseline = self.baselines.get(&put.at.baseline);
        let baseline = baseline.ok_or_else(|| unmade("its baseline is gone".to_owned()))?;
        frame::make(baseline, changes).map_err(|error| match error {
            frame::Unmade::Files(source) => SuiteError::Files {
                id: put.input.id.clone(),
                source,
            },
            other => unmade(other.to_string()),
        })
    }

    /// The frame of a case that has an input for a block: the mutation, or its accept twin.
    ///
    /// Fails when it has none.
    pub fn input(&self, case: &Case, twin: bool) -> Result<Frame, SuiteError> {
        let at = case.block.as_ref().ok_or_else(|| SuiteError::Change {
            id: case.id.clone(),
            what: "it has no input for a block".to_owned(),
        })?;
        let put = Put {
            case,
            input: case,
            at,
        };
        self.frame(&put, twin)
    }

    /// The suite of these cases alone.
    #[must_use]
    pub fn only(&self, ids: &BTreeSet<String>) -> Self {
        let cases = self.cases.iter().filter(|(id, _)| ids.contains(*id));
        Self {
            cases: cases.map(|(id, case)| (id.clone(), case.clone())).collect(),
            baselines: Arc::clone(&self.baselines),
        }
    }

    /// What the runner finds when the built-in block's answer to a case's accept twin, or to its
    /// mutation, is given to the mutation: the runner's own case.
    ///
    /// Fails when the case has no input for the block, or the block does not answer it.
    pub fn judged(&self, case: &Case, block: Block, twin: bool) -> Result<Finding, SuiteError> {
        let answer = block.answer(self.input(case, twin)?.bytes());
        let answer = answer.map_err(|error| SuiteError::Change {
            id: case.id.clone(),
            what: error.to_string(),
        })?;
        Ok(judge(block, &Due::of(&case.expect, None), Ok(answer)))
    }

    /// What the answer to an unchanged baseline has to state.
    pub(crate) fn states(&self, baseline: &str) -> Vec<(&str, &serde_json::Value)> {
        let states = self
            .baselines
            .get(baseline)
            .map(|baseline| &baseline.states);
        let states = states.into_iter().flatten();
        states.map(|(path, value)| (path.as_str(), value)).collect()
    }
}
