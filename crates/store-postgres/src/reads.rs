//! Reads that the callers of one process share: what several ask while one round is on its way goes
//! out together in the next, each question once.
//!
//! A round is sent after every caller in it has asked, so that each answer is of a time after its
//! question, as it would be alone. Nothing is kept from one round for another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use batching::{BatchOptions, Batcher, Work};
use deadpool_postgres::Client;

use crate::connection::{Session, Store};
use crate::error::StoreError;
use crate::retry::asked_again;
use crate::role::Role;

mod authority;
mod registrar;
#[cfg(test)]
mod tests;
mod verifier;

pub(crate) use authority::{Authority, Governed, found};
pub(crate) use registrar::{RegistrarAnswer, RegistrarQuestion};
pub(crate) use verifier::{VerifierAnswer, VerifierQuestion};

const WHAT: &str = "read what several callers asked for";

/// What callers ask a role, and how many questions are answered at once.
pub(crate) trait Question: Clone + Ord + Send + 'static {
    /// What comes of it; handed to every caller that asked.
    type Answer: Clone + Send + 'static;

    /// Answers every question; whatever does not depend on another answer is sent together.
    async fn answer(
        session: &Session,
        client: &Client,
        questions: &BTreeSet<Self>,
    ) -> Result<BTreeMap<Self, Self::Answer>, StoreError>;
}

type Shared<A> = Result<A, Arc<StoreError>>;

/// The questions to one role.
#[derive(Debug)]
pub(crate) struct Reads<Q: Question> {
    rounds: Batcher<Q, Shared<Q::Answer>>,
}

impl<Q: Question> Reads<Q> {
    fn start(name: &str, session: Session) -> Result<Self, StoreError> {
        let reader: Box<dyn Work<_, _>> = Box::new(Rounds {
            session,
            client: None,
        });
        let rounds = Batcher::start(name, BatchOptions::default(), vec![reader]);
        Ok(Self {
            rounds: rounds.map_err(StoreError::Runtime)?,
        })
    }

    /// Asks one question.
    pub(crate) fn ask(&self, question: Q) -> Shared<Q::Answer> {
        let mut answers = self.rounds.call(vec![question]).unwrap_or_default();
        answers.pop().unwrap_or_else(|| Err(Arc::new(unanswered())))
    }
}

/// What every role of a process asks; its handles share one for each store that it opened.
#[derive(Debug)]
pub(crate) struct AllReads {
    pub(crate) owners: Reads<Authority>,
    pub(crate) admissions: Reads<Authority>,
    pub(crate) registrar: Reads<RegistrarQuestion>,
    pub(crate) verifier: Reads<VerifierQuestion>,
}

impl AllReads {
    pub(crate) fn start(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            owners: Reads::start("owner-reads", store.session(Role::OwnerResolver)?)?,
            admissions: Reads::start("admission-reads", store.session(Role::ArtifactResolver)?)?,
            registrar: Reads::start("registrar-reads", store.session(Role::Registrar)?)?,
            verifier: Reads::start("verifier-reads", store.session(Role::Verifier)?)?,
        })
    }
}

/// The worker: one connection of its own, opened at the first question.
struct Rounds {
    session: Session,
    client: Option<Client>,
}

impl Rounds {
    fn round<Q: Question>(
        &mut self,
        questions: &BTreeSet<Q>,
    ) -> Result<BTreeMap<Q, Q::Answer>, StoreError> {
        let client = match self.client.take() {
            Some(client) if !client.is_closed() => client,
            _ => self.connect()?,
        };
        let answered = Q::answer(&self.session, &client, questions);
        let answered = self.session.wait(WHAT, answered);
        if answered.is_ok() {
            self.client = Some(client);
        } else {
            Session::discard(client);
        }
        answered
    }

    /// Every question here is carried by an index, whatever the planner once knew of the tables: a
    /// plan is kept as long as its connection, and was made when they may have been empty.
    fn connect(&self) -> Result<Client, StoreError> {
        const INDEXES: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; \
             SET enable_mergejoin = off; SET jit = off; \
             SET plan_cache_mode = force_generic_plan";
        let client = self.session.take(WHAT)?;
        let set = self.session.wait(WHAT, async {
            let set = client.batch_execute(INDEXES).await;
            set.map_err(|error| self.session.failed(WHAT, error))
        });
        if let Err(error) = set {
            Session::discard(client);
            return Err(error);
        }
        Ok(client)
    }

    fn answered<Q: Question>(&mut self, questions: &BTreeSet<Q>) -> BTreeMap<Q, Shared<Q::Answer>> {
        match asked_again(|| self.round(questions)) {
            Ok(answers) => answers
                .into_iter()
                .map(|(question, answer)| (question, Ok(answer)))
                .collect(),
            // What is wrong with one row concerns whoever asked for it.
            Err(error) if questions.len() > 1 && error.may_be_one_items() => questions
                .iter()
                .flat_map(|question| self.answered(&BTreeSet::from([question.clone()])))
                .collect(),
            Err(error) => {
                let error = Arc::new(error);
                let refused = |question: &Q| (question.clone(), Err(Arc::clone(&error)));
                questions.iter().map(refused).collect()
            }
        }
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        // Its settings are nobody else's.
        if let Some(client) = self.client.take() {
            Session::discard(client);
        }
    }
}

impl<Q: Question> Work<Q, Shared<Q::Answer>> for Rounds {
    fn run(&mut self, items: &[Q]) -> Vec<Shared<Q::Answer>> {
        let answers = self.answered(&items.iter().cloned().collect());
        let unanswered = || Err(Arc::new(unanswered()));
        let of = |question| answers.get(question).cloned().unwrap_or_else(unanswered);
        items.iter().map(of).collect()
    }
}

fn unanswered() -> StoreError {
    StoreError::Unstorable {
        what: WHAT,
        reason: "a question got no answer".to_owned(),
    }
}
