//! Why a guard is not proven, or what a proof rests on: codes, and the place in the text.

use std::fmt;

/// A code with where it was seen and what was seen there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// What kind of gap or fact this is.
    pub code: ReasonCode,
    /// What it was seen on: a relation, a trigger, a function; empty when the text speaks for itself.
    pub on: String,
    /// What exactly, for people.
    pub detail: String,
    /// Where in the function's body, if it is about a body.
    pub place: Option<Place>,
}

/// A place in a function's body as `pg_proc.prosrc` holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Place {
    pub(crate) fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let last = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count().saturating_add(1),
            column: last.chars().count().saturating_add(1),
        }
    }
}

impl Reason {
    pub(crate) fn on(code: ReasonCode, on: &str, detail: impl Into<String>) -> Self {
        Self {
            code,
            on: on.to_owned(),
            detail: detail.into(),
            place: None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.code.as_str())?;
        if !self.on.is_empty() {
            write!(formatter, " on `{}`", self.on)?;
        }
        if let Some(Place { line, column }) = self.place {
            write!(formatter, " at {line}:{column}")?;
        }
        write!(formatter, ": {}", self.detail)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)+) => {
        /// The kinds of reason, as reports name them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ReasonCode {
            $($(#[$doc])* $name,)+
        }

        impl ReasonCode {
            /// The name in reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

codes! {
    /// Nothing on the relation fires for UPDATE.
    NoGuardUpdate => "NO_GUARD_UPDATE",
    /// Nothing on the relation fires for DELETE.
    NoGuardDelete => "NO_GUARD_DELETE",
    /// Nothing on the relation fires for TRUNCATE.
    NoGuardTruncate => "NO_GUARD_TRUNCATE",
    /// `tgenabled = D`.
    TriggerDisabled => "TRIGGER_DISABLED",
    /// `tgenabled = O`: silent where `session_replication_role = replica`.
    TriggerOriginOnly => "TRIGGER_ORIGIN_ONLY",
    /// `tgenabled = R`: silent in every ordinary session.
    TriggerReplicaOnly => "TRIGGER_REPLICA_ONLY",
    /// `UPDATE OF …`: silent for every other column.
    TriggerColumnList => "TRIGGER_COLUMN_LIST",
    /// `WHEN (…)`: fires for some rows or sessions only.
    TriggerConditional => "TRIGGER_CONDITIONAL",
    /// The condition reads what the session can choose.
    WhenReadsSettingOrIdentity => "WHEN_READS_SETTING_OR_IDENTITY",
    /// A statement trigger misses rows reached through a parent, and logical apply.
    StatementLevelGuard => "STATEMENT_LEVEL_GUARD",
    /// An update that moves a row to another partition fires no AFTER UPDATE row trigger.
    AfterRowOnPartition => "AFTER_ROW_ON_PARTITION",
    /// A partition without the truncate trigger of its parent: such triggers are not cloned.
    TruncateNotCloned => "TRUNCATE_NOT_CLONED",
    /// A plain inheritance child: triggers of the parent do not fire for its rows.
    PlainInheritanceChild => "PLAIN_INHERITANCE_CHILD",
    /// Rows kept on another server, where nothing here can hold.
    ForeignMember => "FOREIGN_MEMBER",
    /// No relation of the family holds rows yet.
    NoMemberHoldsRows => "NO_MEMBER_HOLDS_ROWS",
    /// A relation of a kind that this analysis does not know.
    UnknownRelationKind => "UNKNOWN_RELATION_KIND",
    /// A rewrite rule changes what a statement on the relation does.
    RuleOnTable => "RULE_ON_TABLE",
    /// A row trigger that fires before the guard may end the operation silently.
    OtherBeforeRowTrigger => "OTHER_BEFORE_ROW_TRIGGER",
    /// More than one BEFORE INSERT row trigger: a later one may change what an earlier one sealed.
    BeforeInsertOrder => "BEFORE_INSERT_ORDER",
    /// The function's owner, who may replace it, is neither the table's owner nor a custodian.
    FnOwnerDiffers => "FN_OWNER_DIFFERS",
    /// Not PL/pgSQL: the body is not looked at.
    FnLanguageOpaque => "FN_LANGUAGE_OPAQUE",
    /// Declared STRICT, which means nothing for a trigger function and is not relied upon.
    FnStrict => "FN_STRICT",
    /// Some path does not raise.
    FnBranches => "FN_BRANCHES",
    /// A statement returns before the RAISE is reached.
    FnUnreachableRaise => "FN_UNREACHABLE_RAISE",
    /// The body never raises.
    FnNeverRaises => "FN_NEVER_RAISES",
    /// Suppresses silently instead of raising: the caller believes that it wrote.
    FnSuppressesSilently => "FN_SUPPRESSES_SILENTLY",
    /// The end of the body can be reached without RETURN.
    FnNoReturn => "FN_NO_RETURN",
    /// A CASE without ELSE that no branch answers.
    FnCaseWithoutElse => "FN_CASE_WITHOUT_ELSE",
    /// An exception handler may swallow the RAISE.
    FnExceptionHandler => "FN_EXCEPTION_HANDLER",
    /// ASSERT can be turned off by any session.
    FnAssert => "FN_ASSERT",
    /// RAISE below EXCEPTION only speaks.
    FnRaiseNotError => "FN_RAISE_NOT_ERROR",
    /// EXECUTE: the text that runs is not in the body.
    FnDynamicExecute => "FN_DYNAMIC_EXECUTE",
    /// A DECLARE section.
    FnDeclares => "FN_DECLARES",
    /// `tg_op` is declared, assigned or written into.
    FnTgOpShadowed => "FN_TG_OP_SHADOWED",
    /// A condition reads a setting that the session can choose.
    FnReadsSetting => "FN_READS_SETTING",
    /// A condition reads who the session is.
    FnReadsIdentity => "FN_READS_IDENTITY",
    /// The body reads tables, whose writers then decide.
    FnReadsTables => "FN_READS_TABLES",
    /// The body calls a function by an unqualified name.
    FnCallsUnqualified => "FN_CALLS_UNQUALIFIED",
    /// Dispatch on TG_OP without a pinned `search_path`: its operators can be taken over.
    FnSearchPathUnpinned => "FN_SEARCH_PATH_UNPINNED",
    /// The pinned path is not exactly `pg_catalog, pg_temp`.
    FnPathNotSafe => "FN_PATH_NOT_SAFE",
    /// A statement outside the recognised grammar.
    FnOutsideGrammar => "FN_OUTSIDE_GRAMMAR",
    /// The text has no certain tokens.
    FnUnreadable => "FN_UNREADABLE",
}
