//! The contract of one envelope type at one version, as one block sees it.

use std::fmt;
use std::marker::PhantomData;

use canonical::{Digest, Form, hash_parts, locate, parse, tags, write};
use serde::Deserialize;
use serde_json::Value;

use crate::opened::Opened;
use crate::refusal::{Refusal, Stage};
use crate::schema::{Schema, clip};

/// Where every envelope carries its own hash.
pub(crate) const EVIDENCE_HASH: [&str; 2] = ["header", "evidence_hash"];

/// Everything that is checked before bytes count as an envelope of this type and version.
pub struct Contract<T> {
    envelope_type: &'static str,
    version: &'static str,
    evidence_tag: String,
    schema: Schema,
    content: PhantomData<fn() -> T>,
}

impl<T> Contract<T> {
    /// Compiles the contract from a bundle: a JSON Schema document with everything under `$defs`.
    ///
    /// Costs some hundred microseconds, so it belongs in a `LazyLock`. Never fails: a bundle that
    /// does not compile makes a contract that refuses everything, at [`Stage::Contract`].
    pub fn new(
        envelope_type: &'static str,
        version: &'static str,
        bundle: &'static str,
        definition: &'static str,
    ) -> Self {
        Self {
            envelope_type,
            version,
            evidence_tag: tags::evidence(envelope_type),
            schema: Schema::compile(bundle, definition),
            content: PhantomData,
        }
    }

    /// The envelope type that this contract opens.
    pub fn envelope_type(&self) -> &'static str {
        self.envelope_type
    }

    /// The version that this contract opens.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// Why this contract refuses everything, when its bundle did not compile.
    pub fn defect(&self) -> Option<&str> {
        self.schema.defect()
    }

    pub(crate) fn check_type(&self, json: &Value) -> Result<(), Refusal> {
        let member = |name: &str| {
            json.get(name)
                .and_then(Value::as_str)
                .ok_or_else(|| Refusal::schema(Stage::Type, format!("`/{name}` is not a string")))
        };
        let (envelope_type, version) = (member("envelope_type")?, member("envelope_version")?);
        if envelope_type != self.envelope_type {
            return Err(Refusal::new(
                "ENVELOPE_TYPE_MISMATCH",
                Stage::Type,
                format!(
                    "`{}` where `{}` is due",
                    clip(envelope_type),
                    self.envelope_type
                ),
            ));
        }
        if version != self.version {
            return Err(Refusal::new(
                "ENVELOPE_VERSION_UNSUPPORTED",
                Stage::Type,
                format!(
                    "version `{}` where `{}` is supported",
                    clip(version),
                    self.version
                ),
            ));
        }
        Ok(())
    }

    pub(crate) fn check_schema(&self, json: &Value) -> Result<(), Refusal> {
        self.schema.check(json)
    }

    /// The evidence hash of an envelope given as the bytes before and after its own member's value.
    pub(crate) fn evidence_hash(&self, before: &[u8], after: &[u8]) -> Digest {
        hash_parts(&self.evidence_tag, &[before, b"null", after])
    }
}

impl<T: for<'de> Deserialize<'de>> Contract<T> {
    /// Opens canonical bytes: what any part of the system sends to another.
    pub fn open(&self, bytes: &[u8]) -> Result<Opened<T>, Refusal> {
        let json = parse(bytes, Form::Canonical)?;
        self.admit(json, bytes.to_vec())
    }

    /// Opens bytes in any JSON spelling, made canonical once: a caller's request at intake.
    ///
    /// The caller computed its evidence hash over the canonical form.
    pub fn open_request(&self, bytes: &[u8]) -> Result<Opened<T>, Refusal> {
        let json = parse(bytes, Form::Any)?;
        let canonical =
            write(&json).map_err(|error| Refusal::new(error.code(), Stage::Canonical, error))?;
        self.admit(json, canonical)
    }

    /// Everything after the parse; `bytes` are the canonical form of `json`.
    fn admit(&self, json: Value, bytes: Vec<u8>) -> Result<Opened<T>, Refusal> {
        self.check_type(&json)?;
        self.check_schema(&json)?;
        let value = deserialize(&json)?;
        let evidence_hash = self.check_evidence_hash(&bytes)?;
        Ok(Opened {
            value,
            json,
            bytes,
            evidence_hash,
        })
    }

    fn check_evidence_hash(&self, bytes: &[u8]) -> Result<Digest, Refusal> {
        let refused = |detail| Refusal::new("EVIDENCE_HASH_MISMATCH", Stage::EvidenceHash, detail);
        let place = locate(bytes, &EVIDENCE_HASH)
            .ok_or_else(|| refused("`/header/evidence_hash` is absent"))?;
        let (before, rest) = bytes.split_at_checked(place.start).unwrap_or_default();
        let (stated, after) = rest.split_at_checked(place.len()).unwrap_or_default();
        let stated: Digest = stated
            .strip_prefix(b"\"")
            .and_then(|text| text.strip_suffix(b"\""))
            .and_then(|text| std::str::from_utf8(text).ok()?.parse().ok())
            .ok_or_else(|| refused("`/header/evidence_hash` is not a digest"))?;
        let computed = self.evidence_hash(before, after);
        if stated != computed {
            return Err(refused(
                "`/header/evidence_hash` is not the hash of the bytes",
            ));
        }
        Ok(computed)
    }
}

/// The typed content of a document that passed its schema.
pub(crate) fn deserialize<T: for<'de> Deserialize<'de>>(json: &Value) -> Result<T, Refusal> {
    T::deserialize(json).map_err(|error| Refusal::schema(Stage::Deserialize, error))
}

impl<T> fmt::Debug for Contract<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Contract({}@{})",
            self.envelope_type, self.version
        )
    }
}
