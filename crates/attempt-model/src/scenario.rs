//! Bounds under which the protocol is checked.

use crate::defect::Defect;
use crate::protocol::Protocol;
use crate::request::Request;
use crate::state::Budget;

/// A protocol within bounds, and how much of it there has to be.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// The protocol without a defect.
    pub protocol: Protocol,
    /// The fewest states that make a check of it worth its name.
    pub states_min: usize,
}

/// Every request against every other, with one death and one lost acknowledgement.
pub const RACE: Scenario = Scenario {
    name: "race",
    protocol: Protocol {
        processes: 3,
        requests: &Request::ALL,
        budget: Budget {
            asks: 3,
            crashes: 1,
            lost_acknowledgements: 1,
            ..Budget::NOTHING
        },
        defect: None,
        only: None,
    },
    states_min: 900_000,
};

/// One request and its retry, while everything that it rests on moves.
pub const CHANGE: Scenario = Scenario {
    name: "change",
    protocol: Protocol {
        processes: 2,
        requests: &[Request::Original],
        budget: Budget {
            asks: 2,
            crashes: 1,
            lost_acknowledgements: 1,
            clock_moves: 2,
            gate_changes: 1,
            authority_rows: 1,
            holds: 1,
            disturbances: 1,
            power_losses: 0,
        },
        defect: None,
        only: None,
    },
    states_min: 700_000,
};

/// One request and its retries, with deaths and lost acknowledgements upon each other.
pub const FAULT: Scenario = Scenario {
    name: "fault",
    protocol: Protocol {
        processes: 3,
        requests: &[Request::Original],
        budget: Budget {
            asks: 4,
            crashes: 3,
            lost_acknowledgements: 2,
            clock_moves: 1,
            ..Budget::NOTHING
        },
        defect: None,
        only: None,
    },
    states_min: 100_000,
};

/// One request and its retries, and what is not on the disk is lost.
pub const POWER: Scenario = Scenario {
    name: "power",
    protocol: Protocol {
        processes: 2,
        requests: &[Request::Original, Request::OtherArtifact],
        budget: Budget {
            asks: 3,
            crashes: 1,
            lost_acknowledgements: 1,
            power_losses: 1,
            ..Budget::NOTHING
        },
        defect: None,
        only: None,
    },
    states_min: 10_000,
};

/// What is checked at every change.
pub const EVERY: [Scenario; 4] = [RACE, CHANGE, FAULT, POWER];

impl Scenario {
    /// The same bounds for a protocol with a defect, checked for one property only.
    pub fn with(&self, defect: Defect, only: &'static str) -> Protocol {
        Protocol {
            defect: Some(defect),
            only: Some(only),
            ..self.protocol.clone()
        }
    }
}
