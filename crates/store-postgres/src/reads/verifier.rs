//! What the verifier reads for many callers at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use canonical::{Digest, Timestamp};
use deadpool_postgres::Client;
use futures_util::future::{try_join, try_join5};
use gate::port::SchemaObject;
use records::rows::{StoredHead, StoredKey};
use tokio_postgres::Row;

use super::Question;
use super::authority::{Authority, Governed};
use crate::catalogue;
use crate::clock;
use crate::connection::Session;
use crate::error::StoreError;
use crate::schema;
use crate::sql::{Sql, replay_key};

/// What a verification asks after the commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum VerifierQuestion {
    /// The server's clock.
    Clock,
    /// The current heads of a code.
    Current(String),
    /// The head under a row key.
    Head(String),
    /// The consumed key.
    Key(Digest),
    /// The decision under a key.
    Decision(Digest),
    /// The triggers of the catalogue.
    Triggers,
    /// Authority rows.
    Authority(Authority),
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) enum VerifierAnswer {
    Clock(Timestamp),
    Heads(Vec<StoredHead>),
    Key(Option<Box<StoredKey>>),
    Decision(Option<Arc<Vec<u8>>>),
    Triggers(Arc<Vec<SchemaObject>>),
    Authority(Governed),
}

/// A key's row in the ledger or among the decisions, found through the index on short keys.
const OF_KEYS: &str = "w.attempt_id = ANY (ARRAY(SELECT a.attempt_id \
     FROM unnest($1::bytea[]) AS k (replay_key) \
     JOIN holdfast.attempt AS a ON substr(a.ledger_key, 7, 8) = substr(k.replay_key, 1, 8) \
       AND substr(a.ledger_key, 7) = k.replay_key))";

/// What a round found.
struct Found {
    clock: Option<Timestamp>,
    heads: Vec<StoredHead>,
    named: Vec<StoredHead>,
    keys: BTreeMap<Digest, StoredKey>,
    decisions: BTreeMap<Digest, Arc<Vec<u8>>>,
    triggers: Option<Arc<Vec<SchemaObject>>>,
    rows: BTreeMap<Authority, Governed>,
}

impl Question for VerifierQuestion {
    type Answer = VerifierAnswer;

    async fn answer(
        session: &Session,
        client: &Client,
        questions: &BTreeSet<Self>,
    ) -> Result<BTreeMap<Self, VerifierAnswer>, StoreError> {
        let found = find(session, client, questions).await?;
        let answered = questions
            .iter()
            .filter_map(|question| Some((question.clone(), found.answer(question)?)));
        Ok(answered.collect())
    }
}

async fn find(
    session: &Session,
    client: &Client,
    questions: &BTreeSet<VerifierQuestion>,
) -> Result<Found, StoreError> {
    use VerifierQuestion as Asks;
    let (mut codes, mut row_keys) = (Vec::new(), Vec::new());
    let (mut keys, mut decided) = (Vec::new(), Vec::new());
    let mut rows = BTreeSet::new();
    for question in questions {
        match question {
            Asks::Clock | Asks::Triggers => {}
            Asks::Current(code) => codes.push(code.as_str()),
            Asks::Head(row_key) => row_keys.push(row_key.as_str()),
            Asks::Key(key) => keys.push(Sql(*key)),
            Asks::Decision(key) => decided.push(Sql(*key)),
            Asks::Authority(asked) => {
                rows.insert(asked.clone());
            }
        }
    }
    let facts = try_join(
        clock::asked(session, client, questions.contains(&Asks::Clock)),
        triggers(session, client, questions.contains(&Asks::Triggers)),
    );
    let ((clock, triggers), rows, heads, (keys, decisions), named) = try_join5(
        facts,
        Authority::answer(session, client, &rows),
        heads(session, client, catalogue::CURRENT, &codes),
        try_join(
            ledger(session, client, &keys),
            decisions(session, client, &decided),
        ),
        heads(session, client, "h.row_key = ANY ($1)", &row_keys),
    )
    .await?;
    Ok(Found {
        clock,
        heads,
        named,
        keys,
        decisions,
        triggers,
        rows,
    })
}

async fn triggers(
    session: &Session,
    client: &Client,
    is_asked: bool,
) -> Result<Option<Arc<Vec<SchemaObject>>>, StoreError> {
    if !is_asked {
        return Ok(None);
    }
    let triggers = schema::catalogue_triggers(session, client).await?;
    Ok(Some(Arc::new(triggers)))
}

async fn heads(
    session: &Session,
    client: &Client,
    condition: &str,
    names: &[&str],
) -> Result<Vec<StoredHead>, StoreError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    catalogue::heads(session, client, condition, &[&names]).await
}

async fn ledger(
    session: &Session,
    client: &Client,
    keys: &[Sql<Digest>],
) -> Result<BTreeMap<Digest, StoredKey>, StoreError> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = catalogue::consumed_keys(session, client, OF_KEYS, &[&keys]).await?;
    Ok(found.into_iter().map(|key| (key.replay_key, key)).collect())
}

async fn decisions(
    session: &Session,
    client: &Client,
    keys: &[Sql<Digest>],
) -> Result<BTreeMap<Digest, Arc<Vec<u8>>>, StoreError> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let text = format!("SELECT w.ledger_key, w.bytes FROM holdfast.decision AS w WHERE {OF_KEYS}");
    let failed = |error| session.failed("read a decision", error);
    let statement = client.prepare_cached(&text).await.map_err(failed)?;
    let rows = client.query(&statement, &[&keys]).await.map_err(failed)?;
    let decision = |row: &Row| {
        let key = replay_key(row.try_get(0).map_err(failed)?);
        let key = key.ok_or_else(|| catalogue::misshapen("decision"))?;
        Ok((key, Arc::new(row.try_get(1).map_err(failed)?)))
    };
    rows.iter().map(decision).collect()
}

impl Found {
    /// The answer to a question of the round; `None` where nothing of it was read.
    fn answer(&self, question: &VerifierQuestion) -> Option<VerifierAnswer> {
        use VerifierQuestion as Asks;
        Some(match question {
            Asks::Clock => VerifierAnswer::Clock(self.clock?),
            Asks::Current(code) => {
                let of_code = |found: &&StoredHead| found.head.dot_code == *code;
                VerifierAnswer::Heads(self.heads.iter().filter(of_code).cloned().collect())
            }
            Asks::Head(row_key) => {
                let of_key = |found: &&StoredHead| found.head.row_key == *row_key;
                VerifierAnswer::Heads(self.named.iter().filter(of_key).cloned().collect())
            }
            Asks::Key(key) => VerifierAnswer::Key(self.keys.get(key).cloned().map(Box::new)),
            Asks::Decision(key) => VerifierAnswer::Decision(self.decisions.get(key).cloned()),
            Asks::Triggers => VerifierAnswer::Triggers(Arc::clone(self.triggers.as_ref()?)),
            Asks::Authority(asked) => VerifierAnswer::Authority(Arc::clone(self.rows.get(asked)?)),
        })
    }
}
