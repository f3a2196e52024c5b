//! Values worth putting somewhere: what stands elsewhere in the same situation, the words that the
//! contracts know, and times at the bounds of the policy.

use canonical::Timestamp;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::baseline::Baseline;

/// Words of the contracts, and some that are none.
const WORDS: [&str; 54] = [
    "active",
    "superseded",
    "revoked",
    "expired",
    "proven",
    "refuted",
    "unproven",
    "not_applicable",
    "PROVEN_AUTHORITY_CONTROLLED_CARRIER",
    "REUSE_CANDIDATE_PRECEDENT",
    "SOURCE_UNPROVEN_FAIL_CLOSED",
    "NOT_FIT_FOR_AUTHENTICITY",
    "before",
    "after",
    "state",
    "append_only",
    "catalogue",
    "file",
    "tree",
    "raw-bytes/v1",
    "tree/v1",
    "writer_ordinal",
    "writer_txid",
    "xmin",
    "row_count",
    "low",
    "medium",
    "high",
    "owner",
    "council",
    "none",
    "content_changed",
    "type_changed",
    "missing",
    "single-principal",
    "separated-principals",
    "register_dot",
    "reregister_dot",
    "retire_dot",
    "caller",
    "authority",
    "registrar",
    "pipeline",
    "validator-e",
    "snapshot-provider",
    "owner-attestation",
    "artifact-attestation",
    "snapshot",
    "registration-request",
    "ledger",
    "rejected",
    "before_write",
    "after_write",
    "reject",
];

/// Texts that a request could try.
const TRIES: [&str; 10] = [
    "",
    " ",
    "*",
    "DOT_A,DOT_B",
    "two words",
    "dots/*.sh",
    "../up",
    "2",
    "sha512",
    "principal/eve",
];

/// Codes that a block may refuse with.
const CODES: [&str; 6] = [
    "OWNER_OF_RECORD_ABSENT",
    "TRUSTED_PRODUCER_ABSENT",
    "ARTIFACT_DRIFT",
    "SNAPSHOT_SCOPE_UNBOUND",
    "QUORUM_NOT_REACHED",
    "REGISTRATION_HOLD",
];

/// One leaf of a baseline.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) slot: String,
    pub(crate) pointer: String,
    pub(crate) value: Value,
}

/// Every place of a baseline, by what can be done there.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) items: Vec<(String, String)>,
    pub(crate) lists: Vec<(String, String)>,
    pub(crate) objects: Vec<(String, String)>,
    times: Vec<Timestamp>,
    bounds_ms: Vec<i64>,
    texts: Vec<String>,
}

impl Pool {
    pub(crate) fn of(baseline: &Baseline) -> Self {
        let mut pool = Self {
            leaves: Vec::new(),
            items: Vec::new(),
            lists: Vec::new(),
            objects: Vec::new(),
            times: Vec::new(),
            bounds_ms: vec![0],
            texts: Vec::new(),
        };
        for (slot, value) in &baseline.slots {
            if slot != "stage" {
                pool.look(slot, String::new(), value);
            }
        }
        pool.times = pool
            .leaves
            .iter()
            .filter_map(|leaf| leaf.value.as_str()?.parse().ok())
            .collect();
        pool.texts = pool
            .leaves
            .iter()
            .filter_map(|leaf| leaf.value.as_str().map(str::to_owned))
            .collect();
        pool.texts.sort_unstable();
        pool.texts.dedup();
        let bounds = pool
            .leaves
            .iter()
            .filter(|leaf| leaf.pointer.ends_with("_ms"));
        let bounds: Vec<i64> = bounds.filter_map(|leaf| leaf.value.as_i64()).collect();
        pool.bounds_ms.extend(bounds);
        pool
    }

    fn look(&mut self, slot: &str, pointer: String, value: &Value) {
        let here = (slot.to_owned(), pointer.clone());
        match value {
            Value::Array(items) => {
                self.lists.push(here);
                for (place, item) in items.iter().enumerate() {
                    let below = format!("{pointer}/{place}");
                    self.items.push((slot.to_owned(), below.clone()));
                    self.look(slot, below, item);
                }
            }
            Value::Object(members) => {
                self.objects.push(here);
                for (name, member) in members {
                    self.look(slot, format!("{pointer}/{name}"), member);
                }
            }
            value => self.leaves.push(Leaf {
                slot: slot.to_owned(),
                pointer,
                value: value.clone(),
            }),
        }
    }

    /// Another value for a leaf: mostly of its own kind.
    pub(crate) fn value(&self, leaf: &Leaf, random: &mut Rng) -> Value {
        if random.u8(..100) < 4 {
            return self.any(random);
        }
        match &leaf.value {
            Value::Bool(value) => json!(!value),
            Value::Number(number) => integer(number.as_i64().unwrap_or(0), random),
            Value::String(text) => self.text(leaf, text, random),
            _ => self.instead_of_null(leaf, random),
        }
    }

    fn text(&self, leaf: &Leaf, text: &str, random: &mut Rng) -> Value {
        if random.u8(..100) < 6 {
            return Value::Null;
        }
        if let Ok(time) = text.parse() {
            return self.time(time, random);
        }
        if random.bool() {
            return self.elsewhere(leaf, text, random);
        }
        match random.u8(..10) {
            0..=5 => pick(&WORDS, random),
            6 | 7 => json!(changed(text, random)),
            8 => pick(&TRIES, random),
            _ => json!(format!("sha256:{:064x}", random.u64(..))),
        }
    }

    /// What stands at a place of the same name, or of the same form, elsewhere.
    fn elsewhere(&self, leaf: &Leaf, text: &str, random: &mut Rng) -> Value {
        let name = leaf.pointer.rsplit('/').next().unwrap_or_default();
        let length = text.len();
        let alike: Vec<&Value> = self
            .leaves
            .iter()
            .filter(|other| {
                other.value.is_string()
                    && (other.pointer.rsplit('/').next() == Some(name)
                        || other
                            .value
                            .as_str()
                            .is_some_and(|other| length > 30 && other.len() == length))
            })
            .map(|other| &other.value)
            .collect();
        let chosen = random.choice(alike).cloned();
        chosen.unwrap_or_else(|| pick(&WORDS, random))
    }

    fn time(&self, time: Timestamp, random: &mut Rng) -> Value {
        if random.u8(..50) == 0 {
            return json!("2026-02-30T00:00:00.000000Z");
        }
        // A time of the situation, one bound before or after it, and one tick on either side.
        let anchor = if random.u8(..4) == 0 {
            time
        } else {
            random.choice(&self.times).copied().unwrap_or(time)
        };
        let bound = random.choice(&self.bounds_ms).copied().unwrap_or(0);
        let bound = bound.saturating_mul(if random.bool() { 1000 } else { -1000 });
        let tick = random.i64(-1..=1);
        let micros = anchor.micros().saturating_add(bound).saturating_add(tick);
        json!(Timestamp::from_micros(micros).unwrap_or(time))
    }

    fn instead_of_null(&self, leaf: &Leaf, random: &mut Rng) -> Value {
        if leaf.pointer.ends_with("_at") {
            let time = self.times.first().copied().unwrap_or(Timestamp::EPOCH);
            return self.time(time, random);
        }
        if leaf.pointer.ends_with("observer_session") {
            return json!({
                "principal": pick(&["uid:0", "db_role:observer"], random),
                "backend_pid": 7, "backend_started": self.times.first(),
            });
        }
        random
            .choice(&self.texts)
            .map_or(Value::Null, |text| json!(text))
    }

    fn any(&self, random: &mut Rng) -> Value {
        match random.u8(..6) {
            0 => Value::Null,
            1 => json!([]),
            2 => json!({}),
            3 => json!(random.bool()),
            4 => json!(random.i64(-2..100)),
            _ => random
                .choice(&self.leaves)
                .map_or(Value::Null, |leaf| leaf.value.clone()),
        }
    }

    /// A member that only a producer may state, or one that nobody knows.
    pub(crate) fn member(random: &mut Rng) -> (String, Value) {
        let names = [
            "trusted_attested",
            "verdict",
            "owner_attestation",
            "comment",
            "refusals",
        ];
        let name = random.choice(names).unwrap_or("comment");
        (name.to_owned(), Value::Null)
    }

    /// A refusal as a block states it.
    pub(crate) fn refusal(random: &mut Rng) -> Value {
        json!({"code": pick(&CODES, random), "detail": "", "source_refs": []})
    }
}

fn pick(words: &[&str], random: &mut Rng) -> Value {
    random.choice(words).map_or(Value::Null, |word| json!(word))
}

fn integer(value: i64, random: &mut Rng) -> Value {
    let last = 9_007_199_254_740_991;
    let around = [
        0,
        1,
        2,
        value.saturating_add(1),
        value.saturating_sub(1),
        last,
        -1,
    ];
    json!(random.choice(around).unwrap_or(0))
}

/// One character of a text is another.
fn changed(text: &str, random: &mut Rng) -> String {
    let place = random.usize(..text.len().max(1));
    let mut characters: Vec<char> = text.chars().collect();
    if let Some(character) = characters.get_mut(place) {
        *character = if *character == '0' { '1' } else { '0' };
    }
    characters.into_iter().collect()
}
