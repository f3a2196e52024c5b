//! Blocks as filters: whatever they are sent, they say nothing that does not open, and nothing that
//! contradicts itself.

use validator_e::contract as by;

use crate::judgement::keeps_its_promises;

/// A verdict opens, and passes only when nothing failed.
pub(crate) fn validator(bytes: &[u8]) {
    let Ok(verdict) = validator_e::filter(bytes) else {
        return;
    };
    let verdict = by::verdict().open(&verdict).unwrap();
    keeps_its_promises(&verdict);
}

/// Whatever the registrar says opens as something it may say.
pub(crate) fn registrar(bytes: &[u8]) {
    use registrar::contract as own;
    let Ok(answer) = registrar::filter(bytes) else {
        return;
    };
    let opens = own::registration_request().open(&answer).is_ok()
        || own::registration_decision().open(&answer).is_ok()
        || own::authority_readback().open(&answer).is_ok();
    assert!(opens, "{}", String::from_utf8_lossy(&answer));
}
