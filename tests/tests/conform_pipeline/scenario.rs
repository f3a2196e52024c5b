//! The steps of a case, as its `pipeline` member says them.

use conformance::Case;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::Counts;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acts::{self, Act};

/// What is done on a store whose gate is open for its targets, and what is left there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// The one kind of store on which it exists: a guard that the other has not, or has another way.
    #[serde(default)]
    pub(crate) only: Option<String>,
    /// How many targets there are.
    #[serde(default = "one")]
    pub(crate) targets: usize,
    /// How the policy differs from the default one.
    #[serde(default)]
    pub(crate) policy: Value,
    /// The lists of the authority file in which the first target is not; the accept twin's is.
    #[serde(default)]
    pub(crate) lacking: Vec<String>,
    /// What is done first, for the accept twin too.
    #[serde(default)]
    pub(crate) before: Vec<Act>,
    /// The steps; the last one is answered as the case says.
    pub(crate) steps: Vec<Step>,
    /// The accept twin's steps; without any, the same without those that are the mutation, or else
    /// one registration.
    #[serde(default)]
    pub(crate) twin: Vec<Step>,
    /// What is done first for the accept twin instead.
    #[serde(default)]
    pub(crate) twin_before: Option<Vec<Act>>,
    /// How the last registration ends; a reject unless it says otherwise.
    #[serde(default)]
    pub(crate) answer: Option<Ends>,
    /// The codes of the last answer, where the case's outcome is none, or other blocks add theirs to
    /// what one says.
    #[serde(default)]
    pub(crate) codes: Vec<String>,
    /// The registration whose decision the last answer is, or refers to.
    #[serde(default)]
    pub(crate) prior: Option<usize>,
    /// Whether something outside the store remembers more of it than it holds, and the gate is held
    /// to that: then one registration is asked, and no step.
    #[serde(default)]
    pub(crate) checkpoint: bool,
    /// What is done to the failure audits past the store's code: then their log is recomputed, and
    /// no registration follows.
    #[serde(default)]
    pub(crate) log: Option<Log>,
    /// What is in the store then, before a log is changed.
    pub(crate) leaves: Leaves,
}

const fn one() -> usize {
    1
}

/// A log that somebody changed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    /// How.
    pub(crate) acts: Vec<Act>,
    /// Whether it still agrees with itself, so that only the head that it had before tells.
    pub(crate) agrees_with_itself: bool,
}

/// One step.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// Something that somebody does.
    #[serde(default)]
    pub(crate) act: Vec<Act>,
    /// A registration.
    #[serde(default)]
    pub(crate) register: Option<Register>,
    /// How it ends, where it is not the last one.
    #[serde(default)]
    pub(crate) ends: Option<Ends>,
    /// Whether it is what the accept twin is without.
    #[serde(default)]
    pub(crate) mutation: bool,
}

/// One registration of the first target, with a request of its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    /// The very request of an earlier registration, by its place among them.
    #[serde(default)]
    pub(crate) same_as: Option<usize>,
    /// Changes to the request: `set` before it is sealed, `tamper` after.
    #[serde(default)]
    pub(crate) request: Vec<conformance::Change>,
    /// Bytes in the place of a request.
    #[serde(default)]
    pub(crate) raw: Option<String>,
    /// For what was admitted last.
    #[serde(default)]
    pub(crate) admitted: bool,
    /// How long the request lies around before it is offered.
    #[serde(default)]
    pub(crate) wait_ms: u64,
    /// A moment of the registration, as `after verdict` or `before write`.
    #[serde(default)]
    pub(crate) at: Option<String>,
    /// What is done at that moment.
    #[serde(default)]
    pub(crate) acts: Vec<Act>,
    /// Whether the very request is offered once more at that moment; then it is answered twice, and
    /// this step is about the answer in the middle.
    #[serde(default)]
    pub(crate) meanwhile: bool,
}

/// How a registration ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ends {
    Registered,
    Replayed,
    Rejected,
    Hold,
    VerificationFailed,
    Unopenable,
    Error,
}

/// What a scenario adds to a store.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leaves {
    #[serde(default)]
    pub(crate) registered: u64,
    #[serde(default)]
    pub(crate) aborted: u64,
    #[serde(default)]
    pub(crate) refused: u64,
    /// How many of the registered ones are retired.
    #[serde(default)]
    pub(crate) retired: u64,
}

impl Leaves {
    pub(crate) fn counts(self) -> Counts {
        let registered = Counts::registered(self.registered);
        let counts = Counts {
            heads: self.registered - self.retired,
            ..registered
        };
        counts.and_aborted(self.aborted).and_refused(self.refused)
    }
}

impl Scenario {
    pub(crate) fn exists_on(&self, kind: Kind) -> bool {
        match self.only.as_deref() {
            None => true,
            Some("sqlite") => kind == Kind::Sqlite,
            Some("postgres") => kind == Kind::Postgres,
            Some(other) => must(Err(format!("`{other}` is no kind of store"))),
        }
    }

    /// The codes of the last answer.
    pub(crate) fn codes<'a>(&'a self, case: &'a Case) -> &'a [String] {
        if self.codes.is_empty() {
            &case.expect.codes
        } else {
            &self.codes
        }
    }

    /// A store with what is done first.
    pub(crate) fn fixture(&self) -> Fixture {
        let policy = match &self.policy {
            Value::Null => json!({}),
            policy => policy.clone(),
        };
        let fixture = Fixture::lacking(self.targets, policy, &self.lacking);
        for act in &self.before {
            acts::act(&fixture, act);
        }
        fixture
    }

    /// Whether a store is as good as new after it.
    pub(crate) fn leaves_only_refusals(&self) -> bool {
        let plain = |step: &Step| {
            let register = step.register.as_ref();
            step.act.is_empty() && register.is_some_and(|one| one.at.is_none())
        };
        let nothing = self.leaves.registered == 0 && self.leaves.aborted == 0;
        nothing
            && !self.checkpoint
            && self.log.is_none()
            && self.policy.is_null()
            && self.lacking.is_empty()
            && self.before.is_empty()
            && self.steps.iter().all(plain)
    }

    /// The scenario that has to be accepted.
    pub(crate) fn accept_twin(&self) -> Self {
        let mut steps = self.twin.clone();
        if steps.is_empty() && self.steps.iter().any(|step| step.mutation) {
            steps = self
                .steps
                .iter()
                .filter(|step| !step.mutation)
                .cloned()
                .collect();
        }
        if steps.is_empty() {
            steps.push(Step {
                act: Vec::new(),
                register: Some(Register::default()),
                ends: None,
                mutation: false,
            });
        }
        Self {
            only: None,
            targets: self.targets,
            policy: self.policy.clone(),
            lacking: Vec::new(),
            before: self
                .twin_before
                .clone()
                .unwrap_or_else(|| self.before.clone()),
            steps,
            twin: Vec::new(),
            twin_before: None,
            answer: Some(Ends::Registered),
            codes: Vec::new(),
            prior: None,
            checkpoint: false,
            log: None,
            leaves: Leaves::default(),
        }
    }
}
