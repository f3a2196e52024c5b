//! What must hold in every state, and what must be reached in some.

use stateright::Property;

use crate::protocol::Protocol;
use crate::state::State;

mod reached;
mod safety;

pub use reached::REACHED;
pub use safety::SAFETY;

/// A name, and what it says of a state.
pub type Named = (&'static str, fn(&Protocol, &State) -> bool);

/// Every property as the checker takes it.
pub(crate) fn all() -> impl Iterator<Item = Property<Protocol>> {
    let safety = SAFETY.into_iter();
    let safety = safety.map(|(name, holds)| Property::always(name, holds));
    let reached = REACHED.into_iter();
    safety.chain(reached.map(|(name, is_so)| Property::sometimes(name, is_so)))
}
