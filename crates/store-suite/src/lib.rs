//! What every store must do, written once.
//!
//! A store is an implementation of the blocks' ports. The cases here ask those ports and nothing
//! else, so a store that passes them may stand behind the pipeline; the doc comment of a case is
//! the promise that it holds a store to. A store lends the suite itself by [`StoreUnderTest`] and
//! runs every case, each on a fresh store, by one line in its tests:
//!
//! ```text
//! store_suite::store_suite!(MyStore::fresh);
//! ```
//!
//! What differs between stores is no business of the suite: the statements that a store's own guards
//! refuse, its files, roles and grants stay in the store's own tests.

#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "every function of this crate is part of a test"
)]

mod cases;
mod history;
mod looking;
mod material;
mod setup;
mod under_test;

pub use history::{AttemptName, HistoryReader, RecordedAttempt, RecordedFailure, RecordedHead};
pub use under_test::{Fires, StoreUnderTest, Tampering};

/// Lists the cases, and makes of the list what callers see and [`store_suite!`] runs.
///
/// The modules of the cases are private: a case that the list does not name is dead code, which the
/// compiler reports.
macro_rules! suite {
    ($d:tt $($(#[$about:meta])* $group:ident { $($case:ident,)* })*) => {
        $(
            $(#[$about])*
            pub mod $group {
                pub use crate::cases::$group::{$($case,)*};
            }
        )*

        /// Makes a `#[test]` of every case of the suite.
        ///
        /// `$constructor` is the path of a function without arguments that makes a fresh store, an
        /// implementation of [`StoreUnderTest`](crate::StoreUnderTest). It has to be in scope where
        /// the macro is called.
        #[macro_export]
        macro_rules! store_suite {
            ($d constructor:path) => {
                $(
                    mod $group {
                        use super::*;

                        $(
                            #[test]
                            fn $case() {
                                $crate::$group::$case(&$d constructor());
                            }
                        )*
                    }
                )*
            };
        }
    };
}

suite! { $
    /// Authority rows as their writer inserts them, and the versions that move with them.
    writing_authority {
        row_is_written_by_whom_the_store_saw,
        rows_are_read_in_the_order_of_writing,
        status_of_a_row_follows_what_superseded_it,
        unfit_rows_are_refused_together,
        row_is_superseded_once,
        row_supersedes_only_a_row_of_its_own_target,
        one_code_has_one_accountable_owner_at_a_time,
        identities_and_operations_have_one_active_row,
        head_versions_count_the_rows_of_the_target_and_of_all,
        every_handle_tells_the_stores_time,
    }
    /// Opening an attempt: what is burned by it, and what stands in its way.
    reserving {
        reservation_is_stored_as_it_was_given,
        nonce_and_key_are_reserved_once,
        attempt_id_is_reserved_once,
        committed_effect_and_standing_head_refuse_a_reservation,
        open_attempts_on_one_target_do_not_refuse_each_other,
        aborted_attempt_keeps_its_nonce_burned,
        malformed_nonce_is_an_error_and_not_a_reservation,
        batch_of_reservations_answers_in_order,
        rivals_in_one_batch_of_reservations_leave_one_open,
    }
    /// Key, head and decision in one transaction, or nothing.
    consuming {
        registration_writes_one_key_one_draft_and_one_decision,
        bytes_are_kept_exactly,
        only_the_token_and_epoch_that_reserved_may_consume,
        second_consume_gets_the_first_ones_decision,
        key_that_another_attempt_consumed_is_not_consumed_again,
        effect_and_head_are_consumed_once,
        aborted_attempt_is_not_consumed,
        lost_item_leaves_nothing_behind,
        decision_is_told_the_head_and_the_transaction_that_are_stored,
    }
    /// What is looked at once more inside the transaction that writes.
    judging {
        expiry_is_judged_by_the_stores_clock,
        clock_that_went_back_behind_the_reservation_is_refused,
        gate_report_that_ended_is_refused,
        gate_report_on_another_schema_is_refused,
        policy_that_is_not_the_one_in_force_is_refused,
        hold_on_the_target_or_on_all_stops_until_it_is_released,
        open_configuration_stops_until_it_is_closed,
        target_that_was_never_retired_is_not_registered_again,
        reservation_from_before_a_retirement_registers_nothing_any_more,
    }
    /// Authority that changed between its readback and the write.
    rechecking {
        authority_that_changed_after_the_readback_is_noticed,
        second_answer_to_the_same_question_is_noticed,
        wider_owner_of_the_same_scope_is_noticed,
        expected_row_that_is_not_there_is_noticed,
        row_changed_behind_the_stores_back_is_noticed_when_a_head_moved,
        moved_head_that_changes_nothing_does_not_disturb,
        rows_of_other_targets_do_not_disturb,
    }
    /// Failures: the fence that closes an attempt, and the log that keeps them.
    auditing {
        abort_and_record_are_written_together_and_once,
        records_are_kept_exactly,
        fence_of_another_token_matches_nothing,
        consumed_attempt_is_not_aborted,
        attempt_is_aborted_once,
        reject_before_a_reservation_is_recorded_without_an_attempt,
        batch_of_records_answers_in_order,
        failed_verification_places_a_hold_once,
        log_is_read_in_order_and_in_pages,
    }
    /// Many callers at once, each with a handle of its own.
    concurrency {
        identical_requests_have_one_effect_and_one_decision,
        one_attempt_consumed_by_many_has_one_decision,
        competing_attempts_on_one_target_leave_one_head,
        one_nonce_for_many_targets_opens_one_attempt,
        independent_attempts_all_register,
        two_processes_do_not_lose_each_others_work,
        fence_and_consume_at_once_leave_exactly_one_end,
        many_writers_number_the_log_without_gaps,
        one_failure_recorded_by_many_is_one_record,
        one_snapshot_inserted_by_many_is_stored_once,
    }
    /// Authority rows as the blocks read them.
    resolving {
        each_query_finds_its_rows,
        rows_of_every_status_are_shown_in_the_order_of_writing,
        admission_is_found_by_its_key,
        tampered_row_is_an_error_to_resolvers_and_hashless_to_the_registrar,
        rejecting_vote_makes_an_approval_revoked_until_it_is_taken_back,
        unknown_rows_and_carriers_are_reread_as_absent,
        active_rows_of_one_question_are_counted,
    }
    /// Many attempts in one call: each with its own answer, none answering for another.
    batching {
        batch_answers_in_order_and_shares_one_transaction,
        decision_that_cannot_be_sealed_costs_its_item_only,
        row_that_the_store_refuses_costs_its_item_only,
        every_loss_in_one_batch_leaves_its_neighbours,
        rivals_in_one_batch_leave_one_winner,
        operations_of_one_batch_are_judged_each_by_its_own_past,
    }
    /// The governed end of a head, and what it makes room for.
    retiring {
        retirement_ends_the_one_head_of_its_code,
        row_that_is_no_retirement_of_the_code_retires_nothing,
        approval_that_does_not_stand_retires_no_head,
        retired_head_makes_room_for_another_operation,
    }
    /// Which rows an attempt added, as the observer is told.
    write_sets {
        write_set_of_an_attempt_is_exactly_its_own_rows,
        failure_is_in_the_write_set_of_its_attempt,
        registrations_side_by_side_do_not_disturb_each_others_write_set,
        retired_head_stays_in_the_write_set,
    }
    /// The protected surfaces that are not write-sets, and those that there are not.
    surfaces {
        state_surface_shows_the_targets_rows_and_every_change_of_them,
        state_surface_knows_how_each_carrier_names_its_target,
        surfaces_that_the_store_does_not_have_are_unknown,
        table_that_tells_not_who_added_a_row_offers_no_write_set,
        file_surface_is_the_hash_of_its_content,
    }
    /// How the observer reads, and what it keeps.
    observing {
        batch_of_captures_sees_one_state,
        reading_that_was_never_ended_keeps_no_later_one_in_the_past,
        manifests_and_issuers_are_active_rows,
        snapshots_and_reports_are_stored_once,
        report_on_an_attempt_that_was_not_consumed_fails_its_batch,
        session_that_stored_the_capture_before_is_told,
    }
    /// What the verifier rereads after the commit.
    verifying {
        verifier_rereads_what_was_committed,
        names_that_nobody_committed_find_nothing,
        retired_head_is_reread_and_a_tampered_one_is_an_error,
        open_configuration_is_named,
        verifiers_are_shown_with_their_writer,
        foreign_triggers_are_named_with_whether_they_fire_on_drafts,
    }
    /// What the gate judges a store from.
    gating {
        fresh_store_has_the_schema_that_is_expected,
        foreign_trigger_shows_in_the_schema_and_its_fingerprint,
        active_rows_are_those_that_stand,
        audit_sink_is_tried_without_leaving_a_record,
        credentials_are_reported_as_narrow_as_their_roles,
        store_tells_its_kind_and_its_place,
    }
    /// What is left to settle, what people read of the past, and what outlives a process.
    recovering {
        open_attempts_are_found_oldest_first,
        unverified_attempts_are_found_until_their_report,
        late_consumer_is_fenced,
        names_that_nobody_has_find_nothing,
        history_tells_heads_attempts_and_failures_of_a_code,
        what_was_answered_outlives_the_process,
    }
    /// What others can do while an item is being written, and what has to wait until it is.
    landing {
        authority_waits_for_the_write_that_rests_on_it,
        hold_waits_for_the_write_that_it_would_have_stopped,
        fence_waits_for_the_write_that_is_landing,
        rival_of_another_process_waits_for_the_write_that_is_landing,
        readers_neither_wait_for_a_write_nor_see_it_early,
    }
}
