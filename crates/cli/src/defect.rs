//! The last guard: what panics ends the program as a defect, in words and with an exit code.
//!
//! Only here, where the program ends, and not where a block is called: a registration that unwinds
//! is left as one whose process died, and recovery knows how to settle that. No answer is printed
//! before it is whole, so standard output holds none.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::note;

/// Runs the program; a panic, whose place the panic itself has told on standard error, is
/// [`Exit::Internal`].
pub(crate) fn guarded(program: impl FnOnce() -> Exit) -> Exit {
    // Nothing of the program is used after it has unwound.
    let ended = catch_unwind(AssertUnwindSafe(program));
    ended.unwrap_or_else(|_| {
        let failure = Failure::internal("finish: this is a defect of the program")
            .next("report it with the lines above; what was asked is not answered: after `holdfast recover` the same bytes may be sent again");
        note(&failure);
        failure.exit()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_defect_and_every_other_end_stays_what_it_is() {
        for exit in [Exit::Yes, Exit::Rejected, Exit::Hold, Exit::Unavailable] {
            assert_eq!(guarded(|| exit), exit);
        }
        assert_eq!(guarded(|| panic!("broke down")), Exit::Internal);
    }
}
