//! A refusal that is about to be recorded and answered.

use canonical::Identifier;

use crate::attempt::PriorDecision;
use crate::contract::{
    Check, CheckOutcome, Checks, Compared, ComparedValues, PhaseName, RejectCode, RejectCodes,
    SourceRefs, Verdict,
};
use crate::error::RegistrarError;

/// The longest reason that an answer or a record carries, in characters.
const REASON_CHARACTERS_MAX: usize = 2000;

/// Why a request is refused: every code, what failed, and what stands in the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    codes: Vec<RejectCode>,
    failed_checks: Vec<Check>,
    prior: Option<PriorDecision>,
    differing_members: Vec<Identifier>,
    reason: String,
    hold: bool,
}

impl Rejection {
    /// A refusal with these codes, sorted into their precedence, each once.
    pub fn new(codes: impl Into<Vec<RejectCode>>, reason: impl Into<String>) -> Self {
        let mut codes = codes.into();
        codes.sort_unstable();
        codes.dedup();
        Self {
            codes,
            failed_checks: Vec::new(),
            prior: None,
            differing_members: Vec::new(),
            reason: reason.into(),
            hold: false,
        }
    }

    /// The same from the names of the codes; fails on a name that no code has.
    pub fn named(codes: &[&str], reason: impl Into<String>) -> Result<Self, RegistrarError> {
        let codes: Vec<RejectCode> = codes
            .iter()
            .map(|code| code.parse())
            .collect::<Result<_, _>>()?;
        Ok(Self::new(codes, reason))
    }

    /// The refusal that a verdict is, with every check that failed.
    pub(crate) fn of_verdict(verdict: &Verdict) -> Self {
        let failed = verdict.checks.iter();
        let failed = failed.filter(|check| check.outcome == CheckOutcome::Failed);
        let failed_checks: Vec<Check> = failed.cloned().collect();
        let reason = format!("{} checks of the verdict failed", failed_checks.len());
        Self {
            failed_checks,
            ..Self::new(verdict.reject_codes.to_vec(), reason)
        }
    }

    /// The refusal of a request that somebody else is still working on.
    pub fn in_flight() -> Self {
        Self::new(
            [RejectCode::AttemptInFlight],
            "another attempt with this request has not ended",
        )
    }

    /// The gate closed under the attempt: the answer is a hold, not a reject.
    pub(crate) fn hold(code: RejectCode, reason: &str) -> Self {
        Self {
            hold: true,
            ..Self::new([code], reason)
        }
    }

    pub(crate) fn with_prior(mut self, prior: Option<PriorDecision>) -> Self {
        self.prior = prior;
        self
    }

    pub(crate) fn with_codes(mut self, more: Vec<RejectCode>) -> Self {
        self.codes.extend(more);
        self.codes.sort_unstable();
        self.codes.dedup();
        self
    }

    pub(crate) fn with_members(mut self, members: Vec<Identifier>) -> Self {
        self.differing_members = members;
        self
    }

    /// Every code, the primary one first.
    pub fn codes(&self) -> &[RejectCode] {
        &self.codes
    }

    /// The checks that failed, where a verdict refused.
    pub fn failed_checks(&self) -> &[Check] {
        &self.failed_checks
    }

    /// What a decision and a record show: the verdict's failed checks, or the registrar's own reason
    /// as the one check of this phase that failed, said under the primary code.
    pub(crate) fn shown(&self, phase: PhaseName) -> Result<Checks, RegistrarError> {
        if !self.failed_checks.is_empty() {
            return Ok(Checks::try_from(self.failed_checks.clone())?);
        }
        let primary = self.codes.first().map(ToString::to_string);
        let reason = Compared {
            name: primary.unwrap_or_default().parse()?,
            left: Some(bounded(&self.reason).parse()?),
            right: None,
        };
        let own = Check {
            id: format!("registrar.{phase}").parse()?,
            title: "the registrar has no objection".parse()?,
            outcome: CheckOutcome::Failed,
            stopped_by: None,
            reject_codes: RejectCodes::try_from(self.codes.clone())?,
            compared: ComparedValues::try_from(vec![reason])?,
            source_refs: SourceRefs::try_from(Vec::new())?,
        };
        Ok(Checks::try_from(vec![own])?)
    }

    /// The earlier decision that stands in the way, for the transport to attach.
    pub fn prior(&self) -> Option<&PriorDecision> {
        self.prior.as_ref()
    }

    /// The members in which the request differs from the one that used its nonce.
    pub fn differing_members(&self) -> &[Identifier] {
        &self.differing_members
    }

    /// One sentence for people.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether the answer is a hold.
    pub fn is_hold(&self) -> bool {
        self.hold
    }
}

/// A reason as a contract carries it.
pub(crate) fn bounded(reason: &str) -> String {
    let plain = reason.chars().filter(|character| *character != '\0');
    plain.take(REASON_CHARACTERS_MAX).collect()
}
