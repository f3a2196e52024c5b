//! What the registrar reads for many callers at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use canonical::{Timestamp, Uuid};
use deadpool_postgres::Client;
use futures_util::future::{try_join, try_join5};
use registrar::port::{HeadVersion, ObserverSession, RereadRow, RowRef, Standing, StoredAttempt};

use super::Question;
use crate::clock;
use crate::connection::Session;
use crate::error::StoreError;
use crate::registrar::{read, reread};

/// What a registration asks before it writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RegistrarQuestion {
    /// The server's clock.
    Clock,
    /// The attempt with a stored nonce.
    Attempt(Vec<u8>),
    /// The versions of a target's authority head and of the one for all.
    Versions(String),
    /// Authority rows again, one answer for each reference, in order.
    Reread(Vec<RowRef>),
    /// Who stored the capture before of an attempt.
    Observer(Uuid),
    /// What stands against a code, and how far it has come.
    Target(String),
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) enum RegistrarAnswer {
    Clock(Timestamp),
    Attempt(Option<Arc<StoredAttempt>>),
    Versions(Vec<HeadVersion>),
    Reread(Arc<Vec<RereadRow>>),
    Observer(Option<ObserverSession>),
    Target(Standing, Option<i32>),
}

/// The questions of a round by their kinds.
#[derive(Default)]
struct Kinds<'a> {
    asks_clock: bool,
    nonces: Vec<&'a [u8]>,
    targets: BTreeSet<&'a str>,
    refs: BTreeSet<&'a RowRef>,
    attempts: Vec<Uuid>,
    codes: Vec<&'a str>,
}

impl<'a> Kinds<'a> {
    fn of(questions: &'a BTreeSet<RegistrarQuestion>) -> Self {
        use RegistrarQuestion as Asks;
        let mut kinds = Self::default();
        for question in questions {
            match question {
                Asks::Clock => kinds.asks_clock = true,
                Asks::Attempt(nonce) => kinds.nonces.push(nonce),
                Asks::Versions(target) => {
                    kinds.targets.insert(target);
                }
                Asks::Reread(refs) => kinds.refs.extend(refs),
                Asks::Observer(attempt_id) => kinds.attempts.push(*attempt_id),
                Asks::Target(code) => kinds.codes.push(code),
            }
        }
        kinds
    }
}

/// What a round found.
struct Found {
    clock: Option<Timestamp>,
    attempts: BTreeMap<String, Arc<StoredAttempt>>,
    versions: BTreeMap<String, u64>,
    rows: BTreeMap<RowRef, RereadRow>,
    observers: BTreeMap<Uuid, ObserverSession>,
    targets: BTreeMap<String, (Standing, Option<i32>)>,
}

impl Question for RegistrarQuestion {
    type Answer = RegistrarAnswer;

    async fn answer(
        session: &Session,
        client: &Client,
        questions: &BTreeSet<Self>,
    ) -> Result<BTreeMap<Self, RegistrarAnswer>, StoreError> {
        let found = find(session, client, &Kinds::of(questions)).await?;
        let answered = questions
            .iter()
            .filter_map(|question| Some((question.clone(), found.answer(question)?)));
        Ok(answered.collect())
    }
}

async fn find(session: &Session, client: &Client, kinds: &Kinds<'_>) -> Result<Found, StoreError> {
    let short = try_join5(
        clock::asked(session, client, kinds.asks_clock),
        read::attempts_by_nonce(session, client, &kinds.nonces),
        reread::versions(session, client, &kinds.targets),
        read::observer_sessions(session, client, &kinds.attempts),
        read::targets(session, client, &kinds.codes),
    );
    let long = reread::reread(session, client, &kinds.refs);
    let ((clock, attempts, versions, observers, targets), rows) = try_join(short, long).await?;
    Ok(Found {
        clock,
        attempts: attempts
            .into_iter()
            .map(|attempt| (attempt.nonce.clone(), Arc::new(attempt)))
            .collect(),
        versions,
        rows,
        observers,
        targets,
    })
}

impl Found {
    /// The answer to a question of the round; `None` where nothing of it was read.
    fn answer(&self, question: &RegistrarQuestion) -> Option<RegistrarAnswer> {
        use RegistrarQuestion as Asks;
        Some(match question {
            Asks::Clock => RegistrarAnswer::Clock(self.clock?),
            Asks::Attempt(nonce) => {
                let nonce = crate::sql::NonceKey::read(nonce)?;
                RegistrarAnswer::Attempt(self.attempts.get(&nonce).cloned())
            }
            Asks::Versions(target) => {
                let scopes = [target.as_str(), reread::GLOBAL];
                let versions = scopes.map(|scope| HeadVersion {
                    scope_key: scope.to_owned(),
                    version: self.versions.get(scope).copied().unwrap_or(0),
                });
                RegistrarAnswer::Versions(versions.to_vec())
            }
            Asks::Reread(refs) => {
                let rows = refs.iter().map(|row| self.rows.get(row).cloned());
                RegistrarAnswer::Reread(Arc::new(rows.collect::<Option<_>>()?))
            }
            Asks::Observer(attempt_id) => {
                RegistrarAnswer::Observer(self.observers.get(attempt_id).cloned())
            }
            Asks::Target(code) => {
                let (standing, epoch) = self.targets.get(code)?;
                RegistrarAnswer::Target(*standing, *epoch)
            }
        })
    }
}
