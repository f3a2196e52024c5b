//! One resolution in progress: the rows read, the rows relied on, and every refusal so far.

use canonical::{GovernedRow, Identifier, RowError, ScalarError, Tag, Text};

use crate::contract::{Refusal, RejectCode, SourceRef, SourceRefs};
use crate::error::ResolveError;
use crate::port::{AuthorityQuery, AuthorityReader, FoundRow, RowStatus};

/// The type of the envelope that carries these rows.
pub(crate) const ENVELOPE_TYPE: &str = "owner-attestation";
/// The most rows that one question may have; more is an answer that nobody can judge.
const ROWS_MAX: usize = 1000;
/// The contract's limit of a list of refusals or source references.
const ITEMS_MAX: usize = 64;
/// The longest detail, in characters; less than the contract's limit.
const DETAIL_CHARACTERS_MAX: usize = 400;

/// What stands for one logical row.
pub(crate) enum Head {
    /// Nothing was ever written.
    Absent,
    /// Rows, none of them active.
    Inactive(Vec<GovernedRow>),
    /// Exactly one active row.
    One(GovernedRow),
    /// More than one active row.
    Several(Vec<GovernedRow>),
}

/// Reads through the port and collects.
pub(crate) struct Reading<'reader, R> {
    reader: &'reader mut R,
    relied: Vec<SourceRef>,
    refusals: Vec<Refusal>,
}

impl<'reader, R: AuthorityReader> Reading<'reader, R> {
    pub(crate) fn new(reader: &'reader mut R) -> Self {
        Self {
            reader,
            relied: Vec::new(),
            refusals: Vec::new(),
        }
    }

    pub(crate) fn rows(
        &mut self,
        query: AuthorityQuery<'_>,
    ) -> Result<Vec<FoundRow>, ResolveError> {
        let rows = self.reader.rows(query)?;
        if rows.len() > ROWS_MAX {
            return Err(ResolveError::TooManyRows { limit: ROWS_MAX });
        }
        Ok(rows)
    }

    pub(crate) fn head(&mut self, query: AuthorityQuery<'_>) -> Result<Head, ResolveError> {
        Ok(head(self.rows(query)?))
    }

    /// The one active row, or the refusal that says why there is none; `absent` where no row is.
    pub(crate) fn standing(
        &mut self,
        query: AuthorityQuery<'_>,
        what: &str,
        absent: RejectCode,
    ) -> Result<Option<GovernedRow>, ResolveError> {
        match self.head(query)? {
            Head::One(row) => {
                self.rely(&row)?;
                return Ok(Some(row));
            }
            Head::Absent => self.refuse(absent, &format!("no {what} is on record"), &[])?,
            Head::Inactive(rows) => self.refuse_inactive(what, &rows)?,
            Head::Several(rows) => self.refuse_several(what, &rows)?,
        }
        Ok(None)
    }

    pub(crate) fn refuse_inactive(
        &mut self,
        what: &str,
        rows: &[GovernedRow],
    ) -> Result<(), ResolveError> {
        let detail = format!("{what} is no longer active");
        self.refuse_rows(RejectCode::LifecycleNotActive, &detail, rows)
    }

    pub(crate) fn refuse_several(
        &mut self,
        what: &str,
        rows: &[GovernedRow],
    ) -> Result<(), ResolveError> {
        let detail = format!("`{}` active rows claim to be {what}", rows.len());
        self.refuse_rows(RejectCode::AmbiguousAuthority, &detail, rows)
    }

    pub(crate) fn refuse_rows(
        &mut self,
        code: RejectCode,
        detail: &str,
        rows: &[GovernedRow],
    ) -> Result<(), ResolveError> {
        self.refuse(code, detail, &rows.iter().collect::<Vec<_>>())
    }

    /// Adds a refusal; one code with one detail is said once.
    pub(crate) fn refuse(
        &mut self,
        code: RejectCode,
        detail: &str,
        rows: &[&GovernedRow],
    ) -> Result<(), ResolveError> {
        let sources = rows
            .iter()
            .take(ITEMS_MAX)
            .map(|row| source_ref(row))
            .collect::<Result<Vec<_>, _>>()?;
        let refusal = Refusal {
            code,
            detail: text(detail)?,
            source_refs: SourceRefs::try_from(sources).map_err(|_| overfull("source_refs"))?,
        };
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
        Ok(())
    }

    /// Records that the attestation rests on a row.
    pub(crate) fn rely(&mut self, row: &GovernedRow) -> Result<(), ResolveError> {
        let source = source_ref(row)?;
        if !self.relied.contains(&source) {
            self.relied.push(source);
        }
        Ok(())
    }

    pub(crate) fn rely_on_all(&mut self, rows: &[GovernedRow]) -> Result<(), ResolveError> {
        rows.iter().try_for_each(|row| self.rely(row))
    }

    pub(crate) fn refused_with(&self, code: RejectCode) -> bool {
        self.refusals.iter().any(|refusal| refusal.code == code)
    }

    /// The rows relied on, and the refusals in order of precedence, at most as many as fit.
    pub(crate) fn finish(mut self) -> (Vec<SourceRef>, Vec<Refusal>) {
        self.refusals.sort_by_key(|refusal| refusal.code);
        self.refusals.truncate(ITEMS_MAX);
        (self.relied, self.refusals)
    }
}

/// What stands among the rows of one logical row.
pub(crate) fn head(rows: Vec<FoundRow>) -> Head {
    let (active, inactive): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|found| found.status == RowStatus::Active);
    let mut active: Vec<_> = active.into_iter().map(|found| found.row).collect();
    match (active.len(), inactive.is_empty()) {
        (0, true) => Head::Absent,
        (0, false) => Head::Inactive(inactive.into_iter().map(|found| found.row).collect()),
        (1, _) => active.pop().map_or(Head::Absent, Head::One),
        _ => Head::Several(active),
    }
}

/// Names the row that a column could not be read from.
pub(crate) fn column<T>(row: &GovernedRow, read: Result<T, RowError>) -> Result<T, ResolveError> {
    read.map_err(|source| ResolveError::Row {
        carrier: row.carrier().to_string(),
        row_key: row.key().to_owned(),
        source,
    })
}

/// A row whose column holds a word that nothing here knows.
pub(crate) fn unknown_word(row: &GovernedRow, column: &'static str) -> ResolveError {
    ResolveError::Vocabulary {
        carrier: row.carrier().to_string(),
        row_key: row.key().to_owned(),
        column,
    }
}

/// A text of a row as the identifier that an envelope carries.
pub(crate) fn identifier(member: &'static str, text: &str) -> Result<Identifier, ResolveError> {
    Identifier::try_from(text).map_err(|source| unfit(member, source))
}

pub(crate) fn unfit(member: &'static str, source: ScalarError) -> ResolveError {
    ResolveError::Unfit { member, source }
}

pub(crate) fn overfull(member: &'static str) -> ResolveError {
    ResolveError::Overfull { member }
}

fn source_ref(row: &GovernedRow) -> Result<SourceRef, ResolveError> {
    Ok(SourceRef {
        carrier: row.carrier().clone(),
        envelope_type: Tag::try_from(ENVELOPE_TYPE)
            .map_err(|source| unfit("envelope_type", source))?,
        row_hash: row.row_hash(),
        row_key: identifier("row_key", row.key())?,
    })
}

/// A detail as the contract carries it: control characters escaped, cut to a readable length.
fn text(detail: &str) -> Result<Text, ResolveError> {
    let shown: String = detail
        .chars()
        .flat_map(|character| {
            let plain = (!character.is_control()).then_some(character);
            let escaped = character.escape_default().filter(move |_| plain.is_none());
            plain.into_iter().chain(escaped)
        })
        .take(DETAIL_CHARACTERS_MAX)
        .collect();
    Text::try_from(shown).map_err(|source| unfit("detail", source))
}
