//! The registrar as a filter: one frame in, one envelope out.
//!
//! Slot `verb` says what is asked; `attempt`, `now`, `policy` and `world` (see [`World::parse`])
//! are always there, the other slots hold envelopes under their own names.
//!
//! | `verb` | further slots | answers with |
//! |---|---|---|
//! | `intake` | `registration_request` | the request in canonical bytes when it is fresh, the prior decision when it is a retry, else a rejected decision |
//! | `readback` | `owner_attestation`, `artifact_attestation`, `snapshots`, `readback` | an authority readback |
//! | `decide` | `registration_request`, `owner_attestation`, `artifact_attestation`, `snapshots`, `authority_readback`, `integration`, `verdict`, `gate_report`, `owner_token` | the decision of reservation and write |
//!
//! Slot `readback` holds what the pipeline knows: `carriers` (`carrier`, `carrier_class`,
//! `criteria`), `carrier_report_hash`, `caller`, `credential`, `registrar_process`,
//! `observer_process`, each as the authority readback carries it.

use canonical::{Digest, ScalarError, Timestamp, Uuid};
use envelope::{Frame, FrameError, Refusal};
use serde::Deserialize;

use crate::attempt::{Arrival, Attempt};
use crate::consume::{Consumed, consume};
use crate::contract::{CallerChannel, CarrierAssessment, PhaseName, ProcessIdentity};
use crate::error::RegistrarError;
use crate::evidence::Evidence;
use crate::failure::{Ended, FailureInput, fail, refuse, resolve_unknown};
use crate::intake::{Intake, intake};
use crate::port::RegistrarStore;
use crate::prepare::{Prepared, ReserveInput};
use crate::readback::{Caller, CarrierFacts, ProcessFacts, ReadbackInput, readback};
use crate::rejection::Rejection;
use crate::reserve::{Reserved, reserve};
use crate::unopenable::unopenable;
use crate::world::{World, WorldError};

const SLOTS: [&str; 15] = [
    "verb",
    "attempt",
    "now",
    "policy",
    "world",
    "registration_request",
    "owner_attestation",
    "artifact_attestation",
    "snapshots",
    "authority_readback",
    "integration",
    "verdict",
    "gate_report",
    "owner_token",
    "readback",
];

/// Why a frame was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The frame, or one of its slots, is not usable.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A slot that must be there is not.
    #[error("slot `{slot}` is absent")]
    Absent {
        /// The slot.
        slot: &'static str,
    },
    /// A slot that nobody reads.
    #[error("slot `{slot}` is not known")]
    UnknownSlot {
        /// The slot.
        slot: String,
    },
    /// A verb that the registrar does not have.
    #[error("verb `{verb}` is none of `intake`, `readback`, `decide`")]
    UnknownVerb {
        /// The verb.
        verb: String,
    },
    /// A slot holds something else than it must.
    #[error("slot `{slot}` is not readable")]
    Slot {
        /// The slot.
        slot: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A slot holds no value of its scalar.
    #[error("slot `{slot}` holds another value than it must")]
    Scalar {
        /// The slot.
        slot: &'static str,
        /// Why.
        source: ScalarError,
    },
    /// The request is not an envelope; such a thing is counted, never stored.
    #[error("request does not open: {0}")]
    Unopenable(#[source] Refusal),
    /// The world is not usable.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The registrar could not answer.
    #[error(transparent)]
    Registrar(#[from] RegistrarError),
}

/// Does what slot `verb` asks, against the world in the frame; no store is needed.
pub fn filter(input: &[u8]) -> Result<Vec<u8>, FilterError> {
    let frame = Frame::parse(input)?;
    if let Some(slot) = frame.slots().find(|slot| !SLOTS.contains(slot)) {
        let slot = slot.to_owned();
        return Err(FilterError::UnknownSlot { slot });
    }
    let snapshots = frame.list("snapshots")?;
    let call = Call {
        attempt: attempt(&frame)?,
        now: scalar(&frame, "now")?,
        evidence: evidence(&frame, &snapshots)?,
        world: World::parse(slot(&frame, "world")?)?,
        frame: &frame,
    };
    match word(&frame, "verb")?.as_str() {
        "intake" => call.intake(),
        "readback" => call.readback(),
        "decide" => call.decide(),
        verb => Err(FilterError::UnknownVerb {
            verb: verb.to_owned(),
        }),
    }
}

/// One frame, split.
struct Call<'a> {
    frame: &'a Frame<'a>,
    attempt: Attempt,
    now: Timestamp,
    evidence: Evidence<'a>,
    world: World,
}

impl Call<'_> {
    fn intake(&self) -> Result<Vec<u8>, FilterError> {
        let request = slot(self.frame, "registration_request")?;
        match intake(&mut self.world.clone(), request)? {
            Intake::Fresh(arrival) => Ok(arrival.bytes().to_vec()),
            Intake::Prior(prior) => Ok(prior.bytes),
            Intake::InFlight(arrival, _) => {
                self.refuse(&arrival, PhaseName::Intake, &Rejection::in_flight())
            }
            Intake::Refused(arrival, rejection) => {
                self.refuse(&arrival, PhaseName::Intake, &rejection)
            }
            Intake::Unopenable(refusal) => {
                let gate_report = self.evidence.gate_report;
                Ok(unopenable(&refusal, gate_report, self.attempt, self.now)?)
            }
        }
    }

    fn readback(&self) -> Result<Vec<u8>, FilterError> {
        let known: ReadbackText = json(self.frame, "readback")?;
        let carriers: Vec<CarrierFacts> = known.carriers.iter().map(facts).collect();
        let input = ReadbackInput {
            owner_attestation: slot(self.frame, "owner_attestation")?,
            artifact_attestation: slot(self.frame, "artifact_attestation")?,
            snapshots: self.evidence.snapshots,
            carriers: &carriers,
            carrier_report_hash: known.carrier_report_hash,
            caller: Caller {
                channel: &known.caller.channel,
                value: &known.caller.value,
            },
            credential: &known.credential,
            registrar_process: process(&known.registrar_process),
            observer_process: known.observer_process.as_ref().map(process),
            attempt: self.attempt,
            policy: slot(self.frame, "policy")?,
            now: self.now,
        };
        Ok(readback(&mut self.world.clone(), &input)?.bytes)
    }

    fn decide(&self) -> Result<Vec<u8>, FilterError> {
        let request = slot(self.frame, "registration_request")?;
        let arrival = Arrival::open(request).map_err(FilterError::Unopenable)?;
        let mut store = self.world.clone();
        let target = format!("dot:{}", arrival.dot_code());
        let head_versions = store.head_versions(&target).map_err(RegistrarError::from)?;
        let input = ReserveInput {
            arrival: &arrival,
            evidence: self.evidence,
            attempt: self.attempt,
            owner_token: scalar(self.frame, "owner_token")?,
            head_versions: &head_versions,
            now: self.now,
        };
        let phase = PhaseName::ValidateAndReserve;
        match reserve(&mut store, &input)? {
            Reserved::Open(prepared) => self.write(&arrival, *prepared),
            Reserved::Prior(prior) => Ok(prior.bytes),
            Reserved::InFlight(_) => self.refuse(&arrival, phase, &Rejection::in_flight()),
            Reserved::Refused(rejection) => self.refuse(&arrival, phase, &rejection),
        }
    }

    fn write(&self, arrival: &Arrival, prepared: Prepared) -> Result<Vec<u8>, FilterError> {
        let (mut store, mut sink) = (self.world.clone(), self.world.clone());
        let phase = PhaseName::ConsumeAndWrite;
        let batch = [prepared];
        let answers = consume(&mut store, &batch)?;
        let ([prepared], Some(answer)) = (&batch, answers.into_iter().next()) else {
            return Err(RegistrarError::inconsistent("a consume left its item out").into());
        };
        let ended = match answer {
            Consumed::Registered { decision, .. } => return Ok(decision),
            Consumed::Prior(prior) => return Ok(prior.bytes),
            Consumed::Lost(rejection) => {
                let input = self.failure(arrival, phase, &rejection);
                fail(&mut store, &mut sink, &input, prepared)?
            }
            Consumed::OutcomeUnknown => {
                let rejection = Rejection::in_flight();
                let input = self.failure(arrival, phase, &rejection);
                resolve_unknown(&mut store, &mut sink, &input, prepared)?
            }
        };
        Ok(match ended {
            Ended::Answered(answered) => answered.decision,
            Ended::Settled(prior) => prior.bytes,
        })
    }

    fn refuse(
        &self,
        arrival: &Arrival,
        phase: PhaseName,
        rejection: &Rejection,
    ) -> Result<Vec<u8>, FilterError> {
        let input = self.failure(arrival, phase, rejection);
        Ok(refuse(&mut self.world.clone(), &input)?.decision)
    }

    fn failure<'a>(
        &'a self,
        arrival: &'a Arrival,
        phase: PhaseName,
        rejection: &'a Rejection,
    ) -> FailureInput<'a> {
        FailureInput {
            arrival,
            evidence: self.evidence,
            attempt: self.attempt,
            phase,
            rejection,
            now: self.now,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptText {
    attempt_id: Uuid,
    correlation_id: Uuid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadbackText {
    carriers: Vec<CarrierAssessment>,
    carrier_report_hash: Option<Digest>,
    caller: CallerChannel,
    credential: String,
    registrar_process: ProcessIdentity,
    observer_process: Option<ProcessIdentity>,
}

fn facts(assessment: &CarrierAssessment) -> CarrierFacts {
    let criteria = &assessment.criteria;
    CarrierFacts {
        carrier: assessment.carrier.to_string(),
        class: assessment.carrier_class.to_string(),
        writer_authority: criteria.writer_authority.to_string(),
        immutability: criteria.immutability.to_string(),
        consumer_readback: criteria.consumer_readback.to_string(),
        tamper_evidence: criteria.tamper_evidence.to_string(),
        retention: criteria.retention.to_string(),
        transition_writer: criteria.transition_writer.to_string(),
    }
}

fn process(identity: &ProcessIdentity) -> ProcessFacts {
    ProcessFacts {
        pid: identity.pid.get(),
        start_time: identity.start_time.get(),
        uid: identity.uid.get(),
        executable_digest: identity.executable_digest,
    }
}

fn evidence<'a>(frame: &Frame<'a>, snapshots: &'a [&'a [u8]]) -> Result<Evidence<'a>, FilterError> {
    Ok(Evidence {
        owner_attestation: frame.slot("owner_attestation"),
        artifact_attestation: frame.slot("artifact_attestation"),
        snapshots,
        authority_readback: frame.slot("authority_readback"),
        integration: frame.slot("integration"),
        verdict: frame.slot("verdict"),
        gate_report: frame.slot("gate_report"),
        policy: Some(slot(frame, "policy")?),
    })
}

fn attempt(frame: &Frame<'_>) -> Result<Attempt, FilterError> {
    let text: AttemptText = json(frame, "attempt")?;
    Ok(Attempt {
        attempt_id: text.attempt_id,
        correlation_id: text.correlation_id,
    })
}

fn slot<'a>(frame: &Frame<'a>, slot: &'static str) -> Result<&'a [u8], FilterError> {
    frame.slot(slot).ok_or(FilterError::Absent { slot })
}

fn json<T: for<'de> Deserialize<'de>>(
    frame: &Frame<'_>,
    name: &'static str,
) -> Result<T, FilterError> {
    serde_json::from_slice(slot(frame, name)?)
        .map_err(|source| FilterError::Slot { slot: name, source })
}

fn word(frame: &Frame<'_>, slot: &'static str) -> Result<String, FilterError> {
    frame.text(slot)?.ok_or(FilterError::Absent { slot })
}

fn scalar<T: std::str::FromStr<Err = ScalarError>>(
    frame: &Frame<'_>,
    slot: &'static str,
) -> Result<T, FilterError> {
    word(frame, slot)?
        .parse()
        .map_err(|source| FilterError::Scalar { slot, source })
}
