//! Authority rows by what stands in some of their columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::authority::lifecycle::FoundRow;
use ::authority::port::RowStatus;
use canonical::GovernedRow;
use deadpool_postgres::Client;
use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;

use super::Question;
use crate::carriers;
use crate::connection::Session;
use crate::error::StoreError;

/// The rows of a carrier with these texts in these columns, of every status, in the order of writing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Authority {
    pub(crate) carrier: &'static str,
    /// Columns of text; names of this crate.
    pub(crate) columns: &'static [&'static str],
    pub(crate) values: Vec<String>,
}

/// Rows whose hash was recomputed, each with its effective status.
pub(crate) type Governed = Arc<Vec<(GovernedRow, RowStatus)>>;

impl Authority {
    pub(crate) fn new(
        carrier: &'static str,
        columns: &'static [&'static str],
        values: &[&str],
    ) -> Self {
        Self {
            carrier,
            columns,
            values: values.iter().map(|&value| value.to_owned()).collect(),
        }
    }
}

fn text<'a>(row: &'a FoundRow, column: &str) -> &'a str {
    match column {
        "row_key" => &row.row_key,
        other => row.text(other),
    }
}

impl Question for Authority {
    type Answer = Governed;

    async fn answer(
        session: &Session,
        client: &Client,
        questions: &BTreeSet<Self>,
    ) -> Result<BTreeMap<Self, Governed>, StoreError> {
        let mut answers = BTreeMap::new();
        for (question, rows) in found(session, client, questions).await? {
            let governed = rows.into_iter().map(|row| {
                let status = row.status;
                Ok((carriers::governed(row)?, status))
            });
            let governed = governed.collect::<Result<Vec<_>, StoreError>>()?;
            answers.insert(question, Arc::new(governed));
        }
        Ok(answers)
    }
}

/// The rows of each question, one statement for all that name the same columns.
pub(crate) async fn found(
    session: &Session,
    client: &Client,
    questions: &BTreeSet<Authority>,
) -> Result<BTreeMap<Authority, Vec<FoundRow>>, StoreError> {
    let mut alike: BTreeMap<_, Vec<&Authority>> = BTreeMap::new();
    for question in questions {
        let columns = (question.carrier, question.columns);
        alike.entry(columns).or_default().push(question);
    }
    let groups = alike.values().map(|group| select(session, client, group));
    let rows = try_join_all(groups).await?;
    Ok(alike
        .into_values()
        .zip(rows)
        .flat_map(|(group, rows)| distributed(&group, &rows))
        .collect())
}

/// Every row that has in each column what any of the questions says there.
async fn select(
    session: &Session,
    client: &Client,
    group: &[&Authority],
) -> Result<Vec<FoundRow>, StoreError> {
    let Some(first) = group.first() else {
        return Ok(Vec::new());
    };
    let mut conditions = vec!["TRUE".to_owned()];
    let mut values: Vec<Vec<&str>> = Vec::with_capacity(first.columns.len());
    for (place, column) in first.columns.iter().enumerate() {
        let number = place.saturating_add(1);
        conditions.push(format!("r.{column} = ANY (${number}::text[])"));
        let of_column: BTreeSet<&str> = group
            .iter()
            .filter_map(|question| question.values.get(place).map(String::as_str))
            .collect();
        values.push(of_column.into_iter().collect());
    }
    let parameters: Vec<&(dyn ToSql + Sync)> = values
        .iter()
        .map(|values| -> &(dyn ToSql + Sync) { values })
        .collect();
    let carrier = carriers::known(first.carrier)?;
    let condition = conditions.join(" AND ");
    carriers::select(session, client, carrier, &condition, &parameters).await
}

/// The rows of each question of a group.
fn distributed(group: &[&Authority], rows: &[FoundRow]) -> Vec<(Authority, Vec<FoundRow>)> {
    let mut by_values: BTreeMap<Vec<&str>, Vec<FoundRow>> = BTreeMap::new();
    let columns = group.first().map_or(&[][..], |first| first.columns);
    for row in rows {
        let values = columns.iter().map(|column| text(row, column)).collect();
        by_values.entry(values).or_default().push(row.clone());
    }
    let answer = |question: &&Authority| {
        let values: Vec<&str> = question.values.iter().map(String::as_str).collect();
        let rows = by_values.get(&values).cloned().unwrap_or_default();
        ((*question).clone(), rows)
    };
    group.iter().map(answer).collect()
}
