//! Cuts a situation down to the steps that a difference needs.

use crate::error::SituationError;
use crate::situation::Situation;
use crate::step::Seal;

/// The situation without every step, and with every hash made to fit, that the difference stands
/// without.
pub fn shrunk(
    situation: &Situation,
    mut differs: impl FnMut(&Situation) -> Result<bool, SituationError>,
) -> Result<Situation, SituationError> {
    let mut found = situation.clone();
    let mut place = 0;
    while place < found.steps.len() {
        let mut smaller = found.clone();
        smaller.steps.remove(place);
        if differs(&smaller)? {
            found = smaller;
            place = 0;
        } else {
            place = place.saturating_add(1);
        }
    }
    for place in 0..found.steps.len() {
        let mut sealed = found.clone();
        if let Some(step) = sealed.steps.get_mut(place) {
            step.seal = Seal::Everything;
        }
        if differs(&sealed)? {
            found = sealed;
        }
    }
    Ok(found)
}
