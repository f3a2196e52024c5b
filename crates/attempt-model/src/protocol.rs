//! The protocol as a transition system: who may do what next, and what comes of it.

use stateright::{Model, Property};

use crate::action::{Action, Who};
use crate::defect::Defect;
use crate::process::Process;
use crate::property;
use crate::request::{Request, Target};
use crate::state::{Budget, State};
use crate::step;
use crate::store::{AttemptState, Instant};

/// The protocol, within bounds, as it is or with one defect.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// How many processes there are.
    pub processes: usize,
    /// What callers may ask, each as often as the budget lets them.
    pub requests: &'static [Request],
    /// What may happen from outside.
    pub budget: Budget,
    /// The mistake that it was built with, if any.
    pub defect: Option<Defect>,
    /// The properties that are checked; none named means all.
    pub only: Option<&'static str>,
}

impl Protocol {
    /// Whether the protocol was built with this mistake.
    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// Whether power was lost.
    pub(crate) fn has_lost_power(&self, state: &State) -> bool {
        state.left.power_losses < self.budget.power_losses
    }

    /// Whether nothing can happen any more.
    pub(crate) fn is_at_rest(&self, state: &State) -> bool {
        let mut actions = Vec::new();
        self.actions(state, &mut actions);
        !actions
            .into_iter()
            .any(|action| self.next_state(state, action).is_some())
    }

    fn targets(&self) -> impl Iterator<Item = Target> {
        let named = |target| self.requests.iter().any(|it| it.target() == target);
        [Target::X, Target::Y]
            .into_iter()
            .filter(move |target| named(*target))
    }

    /// What one process may do.
    fn process_actions(&self, state: &State, who: Who, process: Process, to: &mut Vec<Action>) {
        if process == Process::Idle {
            to.extend(self.requests.iter().map(|it| Action::Ask(who, *it)));
            let committed = state.store.attempts.iter();
            let committed = committed.filter(|it| it.state == AttemptState::Consumed);
            let unverified = committed.filter(|it| it.report.is_none());
            to.extend(unverified.map(|it| Action::FinishUnverified(who, it.id)));
            return;
        }
        to.push(Action::Crash(who));
        match process {
            Process::Idle => {}
            Process::Asked { .. } => to.push(Action::Intake(who)),
            Process::Fresh { .. } => to.push(Action::Gate(who)),
            Process::Gathering { .. } => to.push(Action::Gather(who)),
            Process::Judged { .. } => {
                to.extend([Action::Reserve(who), Action::ReserveUnacknowledged(who)]);
            }
            Process::Reserved { .. } => {
                to.extend([Action::Consume(who), Action::ConsumeUnacknowledged(who)]);
            }
            Process::WritingHead { .. } => to.push(Action::WriteHead(who)),
            Process::OutcomeUnknown { .. } => to.push(Action::ResolveUnknown(who)),
            Process::Lost { .. } => to.push(Action::Fail(who)),
            Process::Recording { .. } => to.push(Action::Record(who)),
            Process::Refusing { .. } => to.push(Action::Refuse(who)),
            Process::Verifying { .. } => to.push(Action::Verify(who)),
            Process::Doubting { .. } => to.push(Action::RecordFailedVerification(who)),
            Process::Reporting { .. } => to.push(Action::StoreReport(who)),
            Process::Answering { .. } => to.push(Action::Answer(who)),
        }
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::initial(self.processes, self.budget)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let mut last = None;
        for (who, process) in state.processes.iter().copied().enumerate() {
            // What one of two equal processes may do is what the other may do.
            if last.replace(process) != Some(process) {
                self.process_actions(state, who, process, actions);
            }
        }
        let open = state.store.attempts.iter();
        let open = open.filter(|it| it.state == AttemptState::Reserved);
        actions.extend(open.map(|it| Action::Recover(it.id)));
        if state.store.in_doubt.is_some() {
            actions.extend([Action::CommitLands, Action::CommitIsUndone]);
        }
        let moments = [Instant::Before, Instant::Within, Instant::After];
        actions.extend(moments.map(Action::MoveClock));
        actions.extend([Action::CloseGate, Action::LosePower]);
        for target in self.targets() {
            actions.extend([
                Action::InsertAuthorityRow(target),
                Action::Revoke(target),
                Action::PlaceHold(target),
                Action::Disturb(target),
            ]);
        }
        actions.retain(|action| state.left.allows(*action));
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        step::take(self, &mut next, action)?;
        next.processes.sort_unstable();
        if next.left.power_losses == 0 {
            // What would be lost no longer makes a difference.
            next.store.durable.clear();
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        property::all()
            .filter(|it| self.only.is_none_or(|only| only == it.name))
            .collect()
    }
}
