//! The contract of one envelope type at one version, as one block sees it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use canonical::document::View;
use canonical::{Digest, Document, Form, hash_parts, parse, tags, write};
use serde::Deserialize;

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

    pub(crate) fn check_type(&self, root: View<'_>) -> Result<(), Refusal> {
        let member = |name: &str| {
            root.member(name)
                .and_then(View::as_text)
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

    pub(crate) fn check_schema(&self, root: View<'_>) -> Result<(), Refusal> {
        self.schema.check(root)
    }

    /// The evidence hash of an envelope given as the bytes before and after its own member's value.
    pub(crate) fn evidence_hash(&self, before: &[u8], after: &[u8]) -> Digest {
        hash_parts(&self.evidence_tag, &[before, b"null", after])
    }
}

/// The bytes before and after a place.
pub(crate) fn around(bytes: &[u8], place: Range<usize>) -> Option<(&[u8], &[u8])> {
    Some((bytes.get(..place.start)?, bytes.get(place.end..)?))
}

impl<T: for<'de> Deserialize<'de>> Contract<T> {
    /// Opens canonical bytes: what any part of the system sends to another.
    pub fn open(&self, bytes: &[u8]) -> Result<Opened<T>, Refusal> {
        let document = Document::read(bytes, Form::Canonical)?;
        let (value, evidence_hash) = self.admit(&document, bytes)?;
        Ok(Opened {
            value,
            bytes: bytes.to_vec(),
            evidence_hash,
        })
    }

    /// Opens bytes in any JSON spelling, made canonical once: a caller's request at intake.
    ///
    /// The caller computed its evidence hash over the canonical form.
    pub fn open_request(&self, bytes: &[u8]) -> Result<Opened<T>, Refusal> {
        let json = parse(bytes, Form::Any)?;
        let canonical =
            write(&json).map_err(|error| Refusal::new(error.code(), Stage::Canonical, error))?;
        self.open(&canonical)
    }

    /// Everything after the parse; `bytes` are what the document was read from.
    fn admit(&self, document: &Document<'_>, bytes: &[u8]) -> Result<(T, Digest), Refusal> {
        let root = document.root();
        self.check_type(root)?;
        self.check_schema(root)?;
        let value =
            T::deserialize(root).map_err(|error| Refusal::schema(Stage::Deserialize, error))?;
        let evidence_hash = self.check_evidence_hash(document, bytes)?;
        Ok((value, evidence_hash))
    }

    fn check_evidence_hash(
        &self,
        document: &Document<'_>,
        bytes: &[u8],
    ) -> Result<Digest, Refusal> {
        let refused = |detail| Refusal::new("EVIDENCE_HASH_MISMATCH", Stage::EvidenceHash, detail);
        let mut member = Some(document.root());
        for name in EVIDENCE_HASH {
            member = member.and_then(|object| object.member(name));
        }
        let member = member.ok_or_else(|| refused("`/header/evidence_hash` is absent"))?;
        let stated: Digest = member
            .as_text()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| refused("`/header/evidence_hash` is not a digest"))?;
        let (before, after) = document
            .place(member)
            .and_then(|place| around(bytes, place))
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

impl<T> fmt::Debug for Contract<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Contract({}@{})",
            self.envelope_type, self.version
        )
    }
}
