//! How somebody comes to write: step by step, each with the catalog row it rests on.

use serde::Serialize;

/// What can be done to a relation, and to what holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Operation {
    /// Make rows.
    Insert,
    /// Change rows.
    Update,
    /// Remove rows.
    Delete,
    /// Remove all rows at once.
    Truncate,
    /// Add a trigger, and with it change what others write.
    Trigger,
    /// Refill a materialized view.
    Refresh,
    /// Change, replace or switch off what guards the rows, or drop them.
    Control,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Truncate,
        Self::Trigger,
        Self::Refresh,
        Self::Control,
    ];

    /// Those that a statement on the relation itself does.
    pub const WRITES: [Self; 4] = [Self::Insert, Self::Update, Self::Delete, Self::Truncate];

    /// Those that take back what was written.
    pub const REWRITES: [Self; 3] = [Self::Update, Self::Delete, Self::Truncate];

    /// The name, as the privilege is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
            Self::Trigger => "TRIGGER",
            Self::Refresh => "REFRESH",
            Self::Control => "CONTROL",
        }
    }
}

/// How sure a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Certainty {
    /// Privileges and definitions alone let it through; there is a witness. What a trigger or a
    /// constraint then refuses is another question, and another criterion.
    Certain,
    /// It cannot be excluded: a body that is not understood, a condition, row security.
    Possible,
}

impl Certainty {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "CERTAIN",
            Self::Possible => "POSSIBLE",
        }
    }

    /// Certain only where both are.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What happens, for people.
    pub text: String,
    /// The statement of that step, where the session gives one.
    pub sql: Option<String>,
    /// How sure it is.
    pub certainty: Certainty,
}

impl Step {
    /// A step that follows from the catalogs.
    pub(crate) fn certain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            sql: None,
            certainty: Certainty::Certain,
        }
    }

    /// A step that cannot be excluded.
    pub(crate) fn possible(text: impl Into<String>) -> Self {
        Self {
            certainty: Certainty::Possible,
            ..Self::certain(text)
        }
    }

    #[must_use]
    pub(crate) fn with_sql(mut self, sql: impl Into<String>) -> Self {
        self.sql = Some(sql.into());
        self
    }
}

/// How sure a whole path is.
pub(crate) fn certainty<'steps>(steps: impl IntoIterator<Item = &'steps Step>) -> Certainty {
    steps
        .into_iter()
        .fold(Certainty::Certain, |sure, step| sure.and(step.certainty))
}
