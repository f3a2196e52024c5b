//! Rows that are being made: checked against what is on record and against each other.

use std::collections::BTreeMap;

use canonical::{GovernedRow, Timestamp};
use serde_json::{Map, Value};

use crate::carriers;
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::{AuthorityWriter, NewRow, PortError, RowStatus};

/// New authority rows, written together or not at all.
///
/// Rows of one draft see each other: an import can add a principal and make it an owner.
pub struct Draft<'a, W> {
    writer: &'a mut W,
    now: Timestamp,
    known: BTreeMap<&'static str, Vec<Known>>,
    pending: Vec<NewRow>,
    restores: bool,
}

/// A row on record or about to be.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) row_key: String,
    pub(crate) columns: Map<String, Value>,
    pub(crate) status: RowStatus,
}

impl Known {
    /// A column that holds text; empty where it does not, which equals no name of anything.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.columns
            .get(column)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn timestamp(&self, column: &str) -> Option<Timestamp> {
        self.text(column).parse().ok()
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == RowStatus::Active
    }
}

/// What a new row does to an active one about the same subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// Nothing: it is refused.
    Refuse,
    /// Takes its place.
    Supersede,
}

impl<'a, W: AuthorityWriter> Draft<'a, W> {
    /// A draft with nothing in it, dated by the store's clock.
    pub fn begin(writer: &'a mut W) -> Result<Self, AuthorityError> {
        let now = writer.clock()?;
        Ok(Self {
            writer,
            now,
            known: BTreeMap::new(),
            pending: Vec::new(),
            restores: true,
        })
    }

    /// From here on nothing that was withdrawn is put on record again by saying it once more.
    pub(crate) fn keep_withdrawn(&mut self) {
        self.restores = false;
    }

    /// The instant that the rows are issued at.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The rows that a commit would write.
    pub fn pending(&self) -> &[NewRow] {
        &self.pending
    }

    /// Writes all rows in one transaction, and gives them back as they were stored.
    pub fn commit(self) -> Result<Vec<GovernedRow>, AuthorityError> {
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.writer.insert(self.pending)?)
    }

    /// Withdraws an active row: a new row, revoked, takes its place.
    pub fn revoke(&mut self, carrier: &str, row_key: &str) -> Result<String, AuthorityError> {
        let tried = Tried::new("revoke", row_key);
        let unknown = || {
            tried.refused(Reason::NotRevocable {
                carrier: carrier.to_owned(),
            })
        };
        let (carrier, _) = carriers::known(carrier).ok_or_else(unknown)?;
        // What happened cannot be withdrawn; a hold is released and a configuration set again.
        if matches!(
            carrier,
            carriers::HOLD_EVENT | carriers::RETIREMENT | carriers::DOT_CONFIG
        ) {
            return Err(unknown());
        }
        let own = self.standing(&tried, carrier, row_key)?.columns;
        self.push(carrier, own, "revoked", Some(row_key))
    }

    /// Everything on record in a carrier, this draft's rows included.
    pub(crate) fn rows(&mut self, carrier: &'static str) -> Result<&[Known], PortError> {
        Ok(&*self.loaded(carrier)?)
    }

    /// The rows of a carrier that stand.
    pub(crate) fn active(
        &mut self,
        carrier: &'static str,
    ) -> Result<impl Iterator<Item = &Known>, PortError> {
        Ok(self.rows(carrier)?.iter().filter(|row| row.is_active()))
    }

    /// A row that has to stand, for a row that refers to it or takes its place.
    pub(crate) fn standing(
        &mut self,
        tried: &Tried,
        carrier: &'static str,
        row_key: &str,
    ) -> Result<Known, AuthorityError> {
        let Some(row) = self
            .rows(carrier)?
            .iter()
            .find(|row| row.row_key == row_key)
        else {
            return Err(tried.refused(Reason::NoSuchRow {
                carrier: carrier.to_owned(),
                row_key: row_key.to_owned(),
            }));
        };
        if !row.is_active() {
            return Err(tried.refused(Reason::NotActive {
                row_key: row_key.to_owned(),
            }));
        }
        Ok(row.clone())
    }

    /// Adds a row about a subject, named by its columns `subject`.
    ///
    /// An active row that says the same, `incidental` columns apart, is `AlreadyOnRecord`; one that
    /// says otherwise is refused or superseded.
    pub(crate) fn settle(
        &mut self,
        tried: &Tried,
        carrier: &'static str,
        own: Map<String, Value>,
        (subject, incidental): (&[&str], &[&str]),
        meeting: Meeting,
    ) -> Result<String, AuthorityError> {
        let about: Vec<&Known> = self
            .active(carrier)?
            .filter(|row| same(&own, &row.columns, |name| subject.contains(&name)))
            .collect();
        let [row] = about.as_slice() else {
            if about.is_empty() {
                self.refuse_withdrawn(tried, carrier, &own, subject)?;
                return self.push(carrier, own, "active", None);
            }
            let count = about.len();
            return Err(tried.refused(Reason::Ambiguous { count }));
        };
        let row_key = row.row_key.clone();
        if same(&own, &row.columns, |name| !incidental.contains(&name)) {
            return Err(tried.refused(Reason::AlreadyOnRecord { row_key }));
        }
        match meeting {
            Meeting::Refuse => Err(tried.refused(Reason::Conflict { row_key })),
            Meeting::Supersede => self.push(carrier, own, "active", Some(&row_key)),
        }
    }

    /// Refuses what the last row about a subject withdrew, where this draft does not restore it.
    pub(crate) fn refuse_withdrawn(
        &mut self,
        tried: &Tried,
        carrier: &'static str,
        own: &Map<String, Value>,
        subject: &[&str],
    ) -> Result<(), AuthorityError> {
        if self.restores {
            return Ok(());
        }
        let mut rows = self.rows(carrier)?.iter().rev();
        let last = rows.find(|row| same(own, &row.columns, |name| subject.contains(&name)));
        match last.filter(|row| row.status == RowStatus::Revoked) {
            None => Ok(()),
            Some(row) => Err(tried.refused(Reason::Withdrawn {
                row_key: row.row_key.clone(),
            })),
        }
    }

    /// Adds a row whose checks are done, and gives its key.
    pub(crate) fn push(
        &mut self,
        carrier: &'static str,
        own: Map<String, Value>,
        status: &'static str,
        supersedes: Option<&str>,
    ) -> Result<String, AuthorityError> {
        let row = self.row(carrier, own, status, supersedes)?;
        let row_key = row.row_key.clone();
        let known = self.loaded(carrier)?;
        for older in known.iter_mut() {
            if Some(older.row_key.as_str()) == supersedes {
                older.status = if status == "revoked" {
                    RowStatus::Revoked
                } else {
                    RowStatus::Superseded
                };
            }
        }
        known.push(Known {
            row_key: row_key.clone(),
            columns: row.columns.clone(),
            status: if status == "active" {
                RowStatus::Active
            } else {
                RowStatus::Revoked
            },
        });
        self.pending.push(row);
        Ok(row_key)
    }

    /// A row with the columns that all carriers have in common, under the next free key.
    pub(crate) fn row(
        &mut self,
        carrier: &'static str,
        own: Map<String, Value>,
        status: &'static str,
        supersedes: Option<&str>,
    ) -> Result<NewRow, PortError> {
        let mut columns = own;
        // A revocation repeats the columns of the row it withdraws; who writes it is seen anew.
        columns.remove("written_by");
        columns.insert("issued_at".to_owned(), text(self.now));
        columns.insert("lifecycle_status".to_owned(), text(status));
        columns.insert("supersedes".to_owned(), supersedes.into());
        Ok(NewRow {
            carrier: carrier.to_owned(),
            row_key: self.free_key(carrier)?,
            columns,
        })
    }

    /// The writer itself, for the one verb that is more than an insert.
    pub(crate) fn into_writer(self) -> &'a mut W {
        self.writer
    }

    /// Dense, readable keys; two writers at once meet at the primary key, and one of them retries.
    fn free_key(&mut self, carrier: &'static str) -> Result<String, PortError> {
        let prefix = carriers::known(carrier).map_or("row", |(_, prefix)| prefix);
        let rows = self.rows(carrier)?;
        let mut number = rows.len();
        loop {
            number = number.saturating_add(1);
            let key = format!("{prefix}-{number}");
            if rows.iter().all(|row| row.row_key != key) {
                return Ok(key);
            }
        }
    }

    fn loaded(&mut self, carrier: &'static str) -> Result<&mut Vec<Known>, PortError> {
        if !self.known.contains_key(carrier) {
            let rows = self.writer.rows(carrier)?;
            let known = rows.into_iter().map(|stored| Known {
                row_key: stored.row.key().to_owned(),
                columns: stored.row.columns().clone(),
                status: stored.status,
            });
            self.known.insert(carrier, known.collect());
        }
        Ok(self.known.entry(carrier).or_default())
    }
}

/// A column's value.
pub(crate) fn text(value: impl ToString) -> Value {
    Value::String(value.to_string())
}

/// A column's value that may be null.
pub(crate) fn optional_text(value: Option<impl ToString>) -> Value {
    value.map_or(Value::Null, text)
}

/// Columns by name.
pub(crate) fn columns<const N: usize>(named: [(&str, Value); N]) -> Map<String, Value> {
    named
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether two rows agree in those columns of the first that count.
fn same(
    first: &Map<String, Value>,
    second: &Map<String, Value>,
    counts: impl Fn(&str) -> bool,
) -> bool {
    first
        .iter()
        .filter(|(name, _)| counts(name))
        .all(|(name, value)| second.get(name) == Some(value))
}
