//! The contract sources: every file under `schemas/`, found again by its `$id`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Where every schema's `$id` begins; what follows is its path under `schemas/`.
pub(crate) const ID_BASE: &str = "https://holdfast.dev/schemas/";

const SUFFIX: &str = ".schema.json";

/// One file under `schemas/`.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path under `schemas/`, with forward slashes.
    pub(crate) path: String,
    /// What the file says, unchanged.
    pub(crate) document: Value,
}

/// One envelope at one version: the identity that manifests and frozen hashes name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Envelope {
    /// The wire name, such as `owner-attestation`.
    pub(crate) kind: String,
    /// The version as it stands in the file name and on the wire.
    pub(crate) version: String,
}

impl Envelope {
    /// The path of its schema under `schemas/`.
    pub(crate) fn path(&self) -> String {
        format!("{}.v{}{SUFFIX}", self.kind, self.version)
    }

    /// `type@version`, the form used in messages and in `frozen.json`.
    pub(crate) fn label(&self) -> String {
        format!("{}@{}", self.kind, self.version)
    }

    /// The Rust type and definition name: later versions carry their number.
    pub(crate) fn type_name(&self) -> String {
        let name = pascal_case(&self.kind);
        if self.version == "1" {
            name
        } else {
            format!("{name}V{}", self.version)
        }
    }

    /// The Rust function that answers with this envelope's contract.
    pub(crate) fn function_name(&self) -> String {
        let name = self.kind.replace('-', "_");
        if self.version == "1" {
            name
        } else {
            format!("{name}_v{}", self.version)
        }
    }

    fn of_path(path: &str) -> Option<Self> {
        let (kind, version) = path.strip_suffix(SUFFIX)?.rsplit_once(".v")?;
        let plain = !kind.is_empty() && !kind.contains('/');
        let numbered = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        (plain && numbered).then(|| Self {
            kind: kind.to_owned(),
            version: version.to_owned(),
        })
    }
}

/// Where a definition stands: the only identity that a bundled name may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// The path of the file under `schemas/`.
    pub(crate) path: String,
    /// The name under `$defs`; `None` is the document itself.
    pub(crate) definition: Option<String>,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.definition {
            Some(name) => write!(formatter, "{}#/$defs/{name}", self.path),
            None => formatter.write_str(&self.path),
        }
    }
}

/// All contract sources of one state of the repository.
#[derive(Debug, Default)]
pub(crate) struct Store {
    sources: BTreeMap<String, Source>,
}

impl Store {
    /// Reads every `*.schema.json` in `schemas/` and one folder below it.
    pub(crate) fn load(schemas: &Path) -> Result<Self> {
        let mut texts = BTreeMap::new();
        read_folder(schemas, "", &mut texts)?;
        for entry in std::fs::read_dir(schemas)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                let name = entry.file_name().to_string_lossy().into_owned();
                read_folder(&entry.path(), &format!("{name}/"), &mut texts)?;
            }
        }
        Self::from_texts(&texts)
    }

    /// Builds a store from texts by path; the way to read another git revision.
    pub(crate) fn from_texts(texts: &BTreeMap<String, String>) -> Result<Self> {
        let mut store = Self::default();
        for (path, text) in texts {
            let document: Value = serde_json::from_str(text)
                .with_context(|| format!("reading `schemas/{path}` as JSON"))?;
            let id = document.get("$id").and_then(Value::as_str);
            let expected = format!("{ID_BASE}{path}");
            ensure!(
                id == Some(expected.as_str()),
                "`schemas/{path}`: `$id` must be `{expected}`, found `{}`",
                id.unwrap_or("nothing")
            );
            store.sources.insert(
                path.clone(),
                Source {
                    path: path.clone(),
                    document,
                },
            );
        }
        Ok(store)
    }

    /// Every file in path order.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values()
    }

    /// Every envelope in name and version order.
    pub(crate) fn envelopes(&self) -> Vec<Envelope> {
        let mut found: Vec<_> = self
            .sources
            .keys()
            .filter_map(|path| Envelope::of_path(path))
            .collect();
        found.sort();
        found
    }

    /// Finds the envelope that a manifest names as `type` or as `type@version`.
    ///
    /// A bare name is refused once several versions exist: which one is meant is a decision.
    pub(crate) fn envelope(&self, name: &str) -> Result<Envelope> {
        let (kind, version) = match name.split_once('@') {
            Some((kind, version)) => (kind, Some(version)),
            None => (name, None),
        };
        let mut found = self.envelopes();
        found.retain(|one| one.kind == kind && version.is_none_or(|wanted| wanted == one.version));
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => bail!("no schema for envelope `{name}`"),
            _ => bail!("envelope `{name}` has several versions: name one as `{kind}@N`"),
        }
    }

    /// Follows a `$ref` that stands in `base`, by the URI rules against the file's `$id`.
    pub(crate) fn resolve(&self, base: &str, reference: &str) -> Result<Origin> {
        let (file, fragment) = reference
            .split_once('#')
            .ok_or_else(|| anyhow!("`schemas/{base}`: `$ref` `{reference}` names no definition"))?;
        let path = resolve_path(base, file)
            .ok_or_else(|| anyhow!("`schemas/{base}`: `$ref` `{reference}` leaves `schemas/`"))?;
        let name = fragment
            .strip_prefix("/$defs/")
            .filter(|name| !name.contains(['/', '~', '%']));
        let Some(name) = name else {
            bail!("`schemas/{base}`: `$ref` `{reference}` must end in `#/$defs/Name`");
        };
        let origin = Origin {
            path,
            definition: Some(name.to_owned()),
        };
        self.definition(&origin)
            .with_context(|| format!("`schemas/{base}`: following `$ref` `{reference}`"))?;
        Ok(origin)
    }

    /// The schema that stands at `origin`.
    pub(crate) fn definition(&self, origin: &Origin) -> Result<&Value> {
        let source = self
            .sources
            .get(&origin.path)
            .ok_or_else(|| anyhow!("no file `schemas/{}`", origin.path))?;
        match &origin.definition {
            None => Ok(&source.document),
            Some(name) => source
                .document
                .get("$defs")
                .and_then(|definitions| definitions.get(name))
                .ok_or_else(|| anyhow!("no definition `{name}` in `schemas/{}`", origin.path)),
        }
    }
}

/// Visits a schema and every schema inside it, by position: a member that happens to be called
/// `title` is never taken for the keyword.
pub(crate) fn transform(
    schema: &mut Value,
    visit: &mut dyn FnMut(&mut Map<String, Value>) -> Result<()>,
) -> Result<()> {
    let Value::Object(keywords) = schema else {
        return Ok(());
    };
    visit(keywords)?;
    for (keyword, value) in keywords.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties" | "$defs", Value::Object(named)) => {
                for inner in named.values_mut() {
                    transform(inner, visit)?;
                }
            }
            ("items", inner) => transform(inner, visit)?,
            ("oneOf", Value::Array(branches)) => {
                for inner in branches {
                    transform(inner, visit)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a keyword tells people something and never changes what is valid.
pub(crate) fn is_annotation(keyword: &str) -> bool {
    matches!(keyword, "title" | "description" | "examples" | "$comment")
        || keyword.starts_with("x-")
}

/// Removes what never changes validity, so that wording can improve without moving a hash.
pub(crate) fn strip_annotations(schema: &mut Value) -> Result<()> {
    transform(schema, &mut |keywords| {
        keywords.retain(|keyword, _| !is_annotation(keyword));
        Ok(())
    })
}

/// SHA-256 over the canonical text: members sorted by name, no whitespace.
pub(crate) fn canonical_hash(value: &Value) -> Result<String> {
    let mut text = String::new();
    write_canonical(value, &mut text)?;
    let mut hash = String::from("sha256:");
    for byte in Sha256::digest(text.as_bytes()) {
        write!(hash, "{byte:02x}")?;
    }
    Ok(hash)
}

fn write_canonical(value: &Value, text: &mut String) -> Result<()> {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|left, right| left.0.cmp(right.0));
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                text.push(if index == 0 { '{' } else { ',' });
                text.push_str(&serde_json::to_string(name)?);
                text.push(':');
                write_canonical(member, text)?;
            }
            text.push_str(if members.is_empty() { "{}" } else { "}" });
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                text.push(if index == 0 { '[' } else { ',' });
                write_canonical(item, text)?;
            }
            text.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        scalar => text.push_str(&serde_json::to_string(scalar)?),
    }
    Ok(())
}

fn read_folder(folder: &Path, prefix: &str, texts: &mut BTreeMap<String, String>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("listing `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && name.ends_with(SUFFIX) {
            let text = std::fs::read_to_string(entry.path())
                .with_context(|| format!("reading `{}`", entry.path().display()))?;
            texts.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(())
}

fn resolve_path(base: &str, file: &str) -> Option<String> {
    if file.is_empty() {
        return Some(base.to_owned());
    }
    if file.contains("://") {
        return file.strip_prefix(ID_BASE).map(str::to_owned);
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" => return None,
            "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// `owner-attestation` → `OwnerAttestation`.
pub(crate) fn pascal_case(kebab: &str) -> String {
    kebab
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refs_resolve_against_the_folder_of_the_file() {
        let from_root = resolve_path("verdict.v1.schema.json", "common/codes.schema.json");
        assert_eq!(from_root.as_deref(), Some("common/codes.schema.json"));
        let sibling = resolve_path("common/header.schema.json", "scalars.schema.json");
        assert_eq!(sibling.as_deref(), Some("common/scalars.schema.json"));
        let upward = resolve_path("common/header.schema.json", "../verdict.v1.schema.json");
        assert_eq!(upward.as_deref(), Some("verdict.v1.schema.json"));
        assert_eq!(
            resolve_path("verdict.v1.schema.json", "../outside.json"),
            None
        );
        assert_eq!(
            resolve_path("a.json", "https://elsewhere.example/b.json"),
            None
        );
    }

    #[test]
    fn wording_does_not_move_the_hash_but_a_member_called_title_does() {
        let mut plain = json!({"type":"object","properties":{"title":{"type":"boolean"}}});
        let mut worded = json!({"type":"object","title":"T","description":"d","x-note":1,
            "properties":{"title":{"type":"boolean","description":"d"}}});
        let mut other = json!({"type":"object","properties":{}});
        for schema in [&mut plain, &mut worded, &mut other] {
            strip_annotations(schema).unwrap();
        }
        assert_eq!(
            canonical_hash(&plain).unwrap(),
            canonical_hash(&worded).unwrap()
        );
        assert_ne!(
            canonical_hash(&plain).unwrap(),
            canonical_hash(&other).unwrap()
        );
    }

    #[test]
    fn an_envelope_is_known_by_its_file_name() {
        let verdict = Envelope::of_path("verdict.v2.schema.json").unwrap();
        assert_eq!(verdict.label(), "verdict@2");
        assert_eq!(verdict.type_name(), "VerdictV2");
        assert_eq!(Envelope::of_path("common/header.schema.json"), None);
    }
}
