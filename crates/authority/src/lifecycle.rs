//! What a row means in the light of later rows and of the time.

use canonical::{Digest, GovernedRow, Timestamp};
use serde_json::{Map, Value};

use crate::carrier::{Carrier, Head, Misfit};
use crate::port::RowStatus;

/// A port's word for a status: every block names the four for itself.
///
/// `row_status!(status => port::RowStatus)`.
#[macro_export]
macro_rules! row_status {
    ($status:expr => $port:ty) => {
        match $status {
            $crate::RowStatus::Active => <$port>::Active,
            $crate::RowStatus::Superseded => <$port>::Superseded,
            $crate::RowStatus::Revoked => <$port>::Revoked,
            $crate::RowStatus::Expired => <$port>::Expired,
        }
    };
}

impl RowStatus {
    /// A status as a row says it; any other text is damage.
    pub fn of(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "superseded" => Some(Self::Superseded),
            "revoked" => Some(Self::Revoked),
            "expired" => Some(Self::Expired),
            _ => None,
        }
    }

    /// What a row becomes when a row of this status supersedes it.
    const fn of_superseded(self) -> Self {
        match self {
            Self::Revoked => Self::Revoked,
            Self::Expired => Self::Expired,
            Self::Active | Self::Superseded => Self::Superseded,
        }
    }
}

/// A status and when it was reached, where it is not the one that the row began with as active.
pub type Effective = (RowStatus, Option<Timestamp>);

/// The status of a row, given its own and the row that supersedes it.
pub const fn effective(
    own: RowStatus,
    issued_at: Timestamp,
    later: Option<(RowStatus, Timestamp)>,
) -> Effective {
    match (own, later) {
        (RowStatus::Active, None) => (RowStatus::Active, None),
        (RowStatus::Active, Some((later, at))) => (later.of_superseded(), Some(at)),
        (ended, _) => (ended, Some(issued_at)),
    }
}

/// A scope covers itself and what lies below it.
pub fn covers(wide: &str, narrow: &str) -> bool {
    narrow
        .strip_prefix(wide)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A row as it lies in a store, its hash not yet recomputed.
#[derive(Clone, Debug)]
pub struct FoundRow {
    /// Where it lies.
    pub carrier: &'static Carrier,
    /// Its key there.
    pub row_key: String,
    /// Its columns as they are hashed.
    pub columns: Map<String, Value>,
    /// The hash that was stored with it.
    pub stored_hash: Digest,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Its effective status: its own, unless a later row superseded it.
    pub status: RowStatus,
    /// When that status was reached, where it is not the one it began with as active.
    pub changed_at: Option<Timestamp>,
}

impl FoundRow {
    /// The row, when its content matches the hash stored with it.
    pub fn governed(self) -> Result<GovernedRow, Misfit> {
        let carrier = self.carrier.identifier()?;
        let row = GovernedRow::reread(carrier, self.row_key, self.columns, self.stored_hash)?;
        Ok(row)
    }

    /// The recomputed hash, `None` where it is not the stored one.
    pub fn recomputed_hash(&self) -> Option<Digest> {
        let carrier = self.carrier.identifier().ok()?;
        let hash = canonical::row::row_hash(&carrier, &self.row_key, &self.columns);
        hash.ok().filter(|hash| *hash == self.stored_hash)
    }

    /// Whether it stands.
    pub fn is_active(&self) -> bool {
        self.status == RowStatus::Active
    }

    /// A column that holds text; empty where the row holds none.
    pub fn text(&self, column: &str) -> &str {
        self.columns
            .get(column)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A column that holds an instant.
    pub fn instant(&self, column: &str) -> Option<Timestamp> {
        self.text(column).parse().ok()
    }

    /// Whether an ownership has begun and not ended.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        let has_begun = self
            .instant("effective_from")
            .is_some_and(|from| from <= now);
        let has_no_end = self.columns.get("effective_to") == Some(&Value::Null);
        has_begun && (has_no_end || self.instant("effective_to").is_some_and(|end| now < end))
    }
}

/// The status of an approval in the light of its votes: one that somebody rejects is as good as
/// revoked from then on.
pub fn of_approval(approval: &FoundRow, votes: &[FoundRow]) -> Effective {
    let rejection = votes
        .iter()
        .find(|vote| vote.is_active() && vote.text("decision") == "reject");
    match (approval.status, rejection) {
        (RowStatus::Active, Some(vote)) => (RowStatus::Revoked, Some(vote.issued_at)),
        (status, _) => (status, approval.changed_at),
    }
}

/// How many active rows answer the same question as a row, itself among them.
///
/// `candidates` are at least its rivals: rows of its carrier with the same values in the columns of
/// its head. `scope` is the scope that ownership has to cover, where it is known; otherwise the
/// row's own.
pub fn active_heads(
    row: &FoundRow,
    candidates: &[FoundRow],
    scope: Option<&str>,
    now: Timestamp,
) -> u64 {
    let same = |rival: &FoundRow, columns: &[&str]| {
        let mut columns = columns.iter();
        columns.all(|column| rival.columns.get(*column) == row.columns.get(*column))
    };
    let scope = scope.unwrap_or_else(|| row.text("scope"));
    let is_rival = |rival: &&FoundRow| match row.carrier.head {
        Head::Row => rival.row_key == row.row_key,
        Head::Same(columns) => same(rival, columns),
        Head::Accountable => {
            same(rival, &["object_type", "object_ref"])
                && rival.text("kind") == "accountable"
                && covers(rival.text("scope"), scope)
                && rival.is_in_force(now)
        }
    };
    let active = candidates.iter().filter(|rival| rival.is_active());
    u64::try_from(active.filter(is_rival).count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: u8) -> Timestamp {
        format!("2026-01-01T00:00:0{second}.000000Z")
            .parse()
            .unwrap()
    }

    #[test]
    fn a_row_is_what_it_says_until_a_later_row_supersedes_it() {
        use RowStatus::{Active, Expired, Revoked, Superseded};
        assert_eq!(effective(Active, at(1), None), (Active, None));
        for (later, becomes) in [
            (Active, Superseded),
            (Superseded, Superseded),
            (Revoked, Revoked),
            (Expired, Expired),
        ] {
            let found = effective(Active, at(1), Some((later, at(2))));
            assert_eq!(found, (becomes, Some(at(2))));
        }
        let ended = effective(Revoked, at(1), Some((Active, at(2))));
        assert_eq!(ended, (Revoked, Some(at(1))));
    }

    fn row(carrier: &str, row_key: &str, columns: &Value, status: RowStatus) -> FoundRow {
        FoundRow {
            carrier: crate::carrier::find(carrier).unwrap(),
            row_key: row_key.to_owned(),
            columns: columns.as_object().unwrap().clone(),
            stored_hash: Digest::UNSEALED,
            issued_at: at(1),
            status,
            changed_at: None,
        }
    }

    fn owner(row_key: &str, kind: &str, scope: &str, to: Option<Timestamp>) -> FoundRow {
        let columns = json!({
            "object_type": "dot",
            "object_ref": "DOT-001",
            "scope": scope,
            "kind": kind,
            "effective_from": at(2),
            "effective_to": to,
        });
        row("ownership", row_key, &columns, RowStatus::Active)
    }

    #[test]
    fn accountable_owners_of_a_covering_scope_count_while_they_are_in_force() {
        let wide = owner("one", "accountable", "catalogue", None);
        let rivals = [
            wide.clone(),
            owner("two", "accountable", "catalogue/reports", Some(at(5))),
            owner("three", "supporting", "catalogue", None),
            owner("four", "accountable", "other", None),
        ];
        let narrow = Some("catalogue/reports");
        assert_eq!(active_heads(&wide, &rivals, narrow, at(4)), 2);
        assert_eq!(active_heads(&wide, &rivals, None, at(4)), 1);
        assert_eq!(active_heads(&wide, &rivals, narrow, at(5)), 1);
        assert_eq!(active_heads(&wide, &rivals, narrow, at(1)), 0);
    }

    #[test]
    fn rows_of_the_same_head_count_and_rows_without_one_count_alone() {
        let columns = json!({"dot_code": "DOT-001", "name": "gate", "kind": "hold"});
        let other = json!({"dot_code": "DOT-002", "name": "gate", "kind": "hold"});
        let of = |carrier: &str| {
            [
                row(carrier, "one", &columns, RowStatus::Active),
                row(carrier, "two", &columns, RowStatus::Active),
                row(carrier, "three", &columns, RowStatus::Revoked),
                row(carrier, "four", &other, RowStatus::Active),
            ]
        };
        let [configs, holds] = ["dot_config", "hold_event"].map(of);
        assert_eq!(active_heads(&configs[0], &configs, None, at(4)), 2);
        assert_eq!(active_heads(&holds[0], &holds, None, at(4)), 1);
        assert_eq!(active_heads(&holds[2], &holds, None, at(4)), 0);
    }

    #[test]
    fn a_rejecting_vote_that_stands_revokes_an_approval() {
        let approval = row("approval", "app", &json!({}), RowStatus::Active);
        let vote = |decision: &str, status| {
            row(
                "approval_vote",
                "vote",
                &json!({"decision": decision}),
                status,
            )
        };
        let votes = [
            vote("approve", RowStatus::Active),
            vote("reject", RowStatus::Revoked),
        ];
        assert_eq!(of_approval(&approval, &votes), (RowStatus::Active, None));
        let votes = [vote("reject", RowStatus::Active)];
        let revoked = (RowStatus::Revoked, Some(at(1)));
        assert_eq!(of_approval(&approval, &votes), revoked);
    }

    #[test]
    fn a_scope_covers_itself_and_what_lies_below() {
        assert!(covers("catalogue", "catalogue"));
        assert!(covers("catalogue", "catalogue/reports"));
        assert!(!covers("catalogue", "catalogues"));
        assert!(!covers("catalogue/reports", "catalogue"));
    }
}
