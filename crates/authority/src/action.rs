//! What may be asked for, at which risk, and who verifies it afterwards.

use canonical::{Identifier, Text};
use serde::Deserialize;

use crate::carriers::{ACTION_TYPE, VERIFIER};
use crate::contract::RiskTier;
use crate::draft::{Draft, Known, Meeting, columns, optional_text, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::AuthorityWriter;

/// An action type to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionTypeEntry {
    /// The operation's canonical name.
    pub operation: Identifier,
    /// The type of object it is done to.
    pub object_type: Identifier,
    /// Whether it is implemented; what is not cannot be asked for.
    pub implemented: bool,
    /// Its risk, which sets the quorum.
    pub risk_tier: RiskTier,
    /// The scope that an owner must have to answer for it.
    pub required_scope: Identifier,
    /// Who verifies that it was done.
    pub postcondition_verifier_ref: Identifier,
    /// Whether an approval needs a sign-off among its votes.
    #[serde(default)]
    pub signoff_required: bool,
}

/// A postcondition verifier to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifierEntry {
    /// Its name.
    pub verifier_ref: Identifier,
    /// The one target that it is for; none for a verifier that is independent of any.
    #[serde(default)]
    pub specific_target: Option<Identifier>,
    /// What it checks, for people.
    pub description: Text,
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Records an action type; an active one of the same operation is superseded.
    pub fn set_action_type(&mut self, entry: &ActionTypeEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("record action type", entry.operation.as_str());
        let verifier = &entry.postcondition_verifier_ref;
        let on_record = self
            .active(VERIFIER)?
            .any(|row| row.text("verifier_ref") == verifier.as_str());
        if !on_record {
            return Err(tried.refused(Reason::NoVerifier {
                verifier_ref: verifier.to_string(),
            }));
        }
        let own = columns([
            ("operation", text(&entry.operation)),
            ("object_type", text(&entry.object_type)),
            ("implemented", u8::from(entry.implemented).into()),
            ("risk_tier", text(entry.risk_tier)),
            ("required_scope", text(&entry.required_scope)),
            ("postcondition_verifier_ref", text(verifier)),
            ("signoff_required", u8::from(entry.signoff_required).into()),
        ]);
        let subject: &[&str] = &["operation"];
        self.settle(&tried, ACTION_TYPE, own, (subject, &[]), Meeting::Supersede)
    }

    /// Records a verifier; an active one of the same name is superseded.
    pub fn set_verifier(&mut self, entry: &VerifierEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("record verifier", entry.verifier_ref.as_str());
        let own = columns([
            ("verifier_ref", text(&entry.verifier_ref)),
            (
                "specific_target",
                optional_text(entry.specific_target.as_ref()),
            ),
            ("description", text(&entry.description)),
        ]);
        let subject: &[&str] = &["verifier_ref"];
        self.settle(&tried, VERIFIER, own, (subject, &[]), Meeting::Supersede)
    }

    /// The active action type of an operation.
    pub(crate) fn require_action_type(
        &mut self,
        tried: &Tried,
        operation: &str,
    ) -> Result<Known, AuthorityError> {
        let found = self
            .active(ACTION_TYPE)?
            .find(|row| row.text("operation") == operation)
            .cloned();
        found.ok_or_else(|| {
            tried.refused(Reason::NoActionType {
                operation: operation.to_owned(),
            })
        })
    }
}
