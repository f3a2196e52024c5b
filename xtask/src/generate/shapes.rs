//! Structs, enums and tagged unions, as typify shapes them, tightened where it is loose.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context, Result, anyhow, bail, ensure};
use schemars_of_typify::schema::RootSchema;
use serde_json::{Map, Value, json};
use syn::{Attribute, Fields, Item, ItemEnum, ItemStruct, parse_quote};
use typify_impl::{TypeSpace, TypeSpaceSettings};

use super::{Writer, writer_of};
use crate::bundle::Bundle;
use crate::schemas::{is_annotation, transform};

/// The types of `bundle` that typify writes. Those named in `ordered` also get an order.
pub(super) fn of_bundle(bundle: &Bundle, ordered: &BTreeSet<String>) -> Result<syn::File> {
    let mut file = run_typify(bundle)?;
    for item in &mut file.items {
        match item {
            Item::Struct(shape) => tighten_struct(shape, bundle, ordered)?,
            Item::Enum(shape) => tighten_enum(shape, bundle, ordered)?,
            _ => {}
        }
    }
    Ok(file)
}

fn run_typify(bundle: &Bundle) -> Result<syn::File> {
    let mut settings = TypeSpaceSettings::default();
    settings
        .with_derive("PartialEq".to_owned())
        .with_derive("Eq".to_owned());
    for (name, schema) in &bundle.definitions {
        match writer_of(name, schema)? {
            Writer::Canonical(own) => {
                let path = format!("::canonical::{own}");
                settings.with_replacement(name, path, std::iter::empty());
            }
            Writer::Limits => {
                settings.with_replacement(name, name, std::iter::empty());
            }
            Writer::Typify => {}
        }
    }
    let root = typify_input(bundle)?;
    // typify panics on what it does not support, and a panic here must still name the bundle.
    let tokens = catch_unwind(AssertUnwindSafe(|| {
        let mut space = TypeSpace::new(&settings);
        space.add_root_schema(root).map(|_| space.to_stream())
    }))
    .map_err(|cause| anyhow!("typify panicked: {}", panic_text(cause.as_ref())))?
    .context("typify refused the bundle")?;
    syn::parse2(tokens).context("reading what typify wrote")
}

// Examples and notes are not for typify, and a `format` would make it ignore the pattern.
fn typify_input(bundle: &Bundle) -> Result<RootSchema> {
    let definitions: Map<String, Value> = bundle.definitions.clone().into_iter().collect();
    let mut document = json!({ "$defs": definitions });
    transform(&mut document, &mut |keywords| {
        keywords.retain(|keyword, _| {
            let told = matches!(keyword.as_str(), "title" | "description");
            keyword != "format" && (told || !is_annotation(keyword))
        });
        Ok(())
    })?;
    serde_json::from_value(document).context("reading the bundle as typify does")
}

fn panic_text(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().cloned();
    let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "no message".to_owned())
}

fn tighten_struct(
    shape: &mut ItemStruct,
    bundle: &Bundle,
    ordered: &BTreeSet<String>,
) -> Result<()> {
    let name = shape.ident.to_string();
    let schema = bundle.definitions.get(&name);
    let schema = schema.with_context(|| format!("typify invented the type `{name}`"))?;
    if let Fields::Named(_) = shape.fields {
        ensure!(
            has_attribute(&shape.attrs, "deny_unknown_fields"),
            "typify leaves `{name}` open to unknown members"
        );
    }
    push_derives(&mut shape.attrs, ordered.contains(&name));
    push_required(&mut shape.attrs, schema);
    Ok(())
}

fn tighten_enum(shape: &mut ItemEnum, bundle: &Bundle, ordered: &BTreeSet<String>) -> Result<()> {
    let name = shape.ident.to_string();
    let schema = bundle.definitions.get(&name);
    let schema = schema.with_context(|| format!("typify invented the type `{name}`"))?;
    let Some(branches) = schema.get("oneOf").and_then(Value::as_array) else {
        push_derives(&mut shape.attrs, false);
        return Ok(());
    };
    // serde ignores unknown members of a unit variant and of an adjacently tagged enum.
    let tagged = has_attribute(&shape.attrs, "deny_unknown_fields")
        && has_attribute(&shape.attrs, "tag")
        && !has_attribute(&shape.attrs, "content");
    let structs = shape
        .variants
        .iter()
        .all(|variant| matches!(variant.fields, Fields::Named(_)));
    if !tagged || !structs || branches.len() != shape.variants.len() {
        bail!(
            "`{name}` would read unknown members: give each branch of its `oneOf` the tag and \
             at least one other member, and let the branches differ in more than one member"
        );
    }
    for (variant, branch) in shape.variants.iter_mut().zip(branches) {
        push_required(&mut variant.attrs, branch);
    }
    push_derives(&mut shape.attrs, ordered.contains(&name));
    Ok(())
}

fn push_derives(attributes: &mut Vec<Attribute>, ordered: bool) {
    if ordered {
        attributes.push(parse_quote!(#[derive(PartialOrd, Ord)]));
    }
    attributes
        .push(parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]));
}

// schemars takes an `Option` for a member that may be absent; here absence is `null`.
fn push_required(attributes: &mut Vec<Attribute>, schema: &Value) {
    let Some(names) = schema.get("required").and_then(Value::as_array) else {
        return;
    };
    let names = names.iter().filter_map(Value::as_str);
    attributes.push(parse_quote! {
        #[cfg_attr(feature = "schemars", schemars(extend("required" = [#(#names),*])))]
    });
}

fn has_attribute(attributes: &[Attribute], word: &str) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .any(|attribute| {
            let mut found = false;
            let parsed = attribute.parse_nested_meta(|meta| {
                found |= meta.path.is_ident(word);
                if meta.input.peek(syn::Token![=]) {
                    meta.value()?.parse::<syn::Lit>()?;
                }
                Ok(())
            });
            parsed.is_ok() && found
        })
}
