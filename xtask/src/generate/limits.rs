//! Checked newtypes for lists, integers and bounded texts.

use anyhow::{Context, Result, bail};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Map, Value};

use super::{local_name, type_path};

/// Writes the type of one list, integer or text definition.
///
/// `ordered` adds an order to a list, which is possible only when its items have one.
pub(super) fn of_definition(name: &str, schema: &Value, ordered: bool) -> Result<TokenStream> {
    let keywords = schema.as_object().context("a definition is an object")?;
    match keywords.get("type").and_then(Value::as_str) {
        Some("array") => list(name, keywords, ordered),
        Some("integer") => integer(name, keywords),
        Some("string") => Ok(text(name, keywords)),
        other => bail!("no own type for `{}`", other.unwrap_or("nothing")),
    }
}

fn list(name: &str, keywords: &Map<String, Value>, ordered: bool) -> Result<TokenStream> {
    let item = item_type(keywords)?;
    let type_name = format_ident!("{name}");
    let items_min = bound(keywords, "minItems").unwrap_or(0);
    let items_max = bound(keywords, "maxItems").context("a list needs `maxItems`")?;
    let unique = keywords.get("uniqueItems") == Some(&Value::Bool(true));
    let message = format!("`{name}` holds {items_min} to {items_max} items");
    let order = if ordered {
        quote!(PartialOrd, Ord,)
    } else {
        quote!()
    };
    let source = format!("::std::vec::Vec<{}>", item.to_string().replace(' ', ""));
    let doc = doc_of(keywords);
    let unique_check = unique.then(|| {
        let message = format!("`{name}` holds no item twice");
        quote! {
            if items.iter().collect::<::std::collections::BTreeSet<_>>().len() != items.len() {
                return Err(#message.into());
            }
        }
    });
    let unique_schema = unique.then(|| quote!("uniqueItems": true,));
    let schema = schema_impl(
        name,
        &quote! { "type": "array", "items": generator.subschema_for::<#item>(),
        "minItems": #items_min, "maxItems": #items_max, #unique_schema },
    );
    // `minItems: 0` would make the lower half of the check an always-true comparison.
    let range = if items_min == 0 {
        quote!(items.len() > #items_max)
    } else {
        quote!(items.len() < #items_min || items.len() > #items_max)
    };
    let conversions = list_conversions(&type_name, &item);
    Ok(quote! {
        #[doc = #doc]
        #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq, Eq, #order)]
        #[serde(try_from = #source)]
        pub struct #type_name(::std::vec::Vec<#item>);
        impl ::std::convert::TryFrom<::std::vec::Vec<#item>> for #type_name {
            type Error = self::error::ConversionError;
            fn try_from(items: ::std::vec::Vec<#item>) -> ::std::result::Result<Self, self::error::ConversionError> {
                if #range {
                    return Err(#message.into());
                }
                #unique_check
                Ok(Self(items))
            }
        }
        #conversions
        #schema
    })
}

fn list_conversions(type_name: &syn::Ident, item: &TokenStream) -> TokenStream {
    quote! {
        impl ::std::convert::From<#type_name> for ::std::vec::Vec<#item> {
            fn from(list: #type_name) -> Self {
                list.0
            }
        }
        impl ::std::ops::Deref for #type_name {
            type Target = [#item];
            fn deref(&self) -> &[#item] {
                &self.0
            }
        }
        impl ::std::iter::IntoIterator for #type_name {
            type Item = #item;
            type IntoIter = ::std::vec::IntoIter<#item>;
            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }
        impl<'list> ::std::iter::IntoIterator for &'list #type_name {
            type Item = &'list #item;
            type IntoIter = ::std::slice::Iter<'list, #item>;
            fn into_iter(self) -> Self::IntoIter {
                self.0.iter()
            }
        }
    }
}

fn integer(name: &str, keywords: &Map<String, Value>) -> Result<TokenStream> {
    let type_name = format_ident!("{name}");
    let limit = |keyword: &str| {
        let value = keywords.get(keyword).and_then(Value::as_i64);
        value.with_context(|| format!("an integer needs `{keyword}`"))
    };
    let (minimum, maximum) = (limit("minimum")?, limit("maximum")?);
    let primitive = if minimum < 0 {
        format_ident!("i64")
    } else {
        format_ident!("u64")
    };
    let primitive_name = primitive.to_string();
    let (low, high) = (
        literal(minimum, &primitive_name)?,
        literal(maximum, &primitive_name)?,
    );
    let range = if minimum == 0 {
        quote!(value > #high)
    } else {
        quote!(value < #low || value > #high)
    };
    let message = format!("`{name}` is an integer from {minimum} to {maximum}");
    let doc = doc_of(keywords);
    let schema = schema_impl(
        name,
        &quote! { "type": "integer", "minimum": #low, "maximum": #high },
    );
    Ok(quote! {
        #[doc = #doc]
        #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[serde(try_from = #primitive_name)]
        pub struct #type_name(#primitive);
        impl #type_name {
            /// The number itself.
            pub const fn get(self) -> #primitive {
                self.0
            }
        }
        impl ::std::convert::TryFrom<#primitive> for #type_name {
            type Error = self::error::ConversionError;
            fn try_from(value: #primitive) -> ::std::result::Result<Self, self::error::ConversionError> {
                if #range {
                    return Err(#message.into());
                }
                Ok(Self(value))
            }
        }
        impl ::std::convert::From<#type_name> for #primitive {
            fn from(value: #type_name) -> Self {
                value.0
            }
        }
        impl ::std::fmt::Display for #type_name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        #schema
    })
}

fn text(name: &str, keywords: &Map<String, Value>) -> TokenStream {
    let type_name = format_ident!("{name}");
    let length_min = bound(keywords, "minLength").unwrap_or(0);
    let length_max = bound(keywords, "maxLength").unwrap_or(usize::MAX);
    let message = format!("`{name}` has {length_min} to {length_max} characters");
    let doc = doc_of(keywords);
    let schema = schema_impl(
        name,
        &quote! { "type": "string", "minLength": #length_min, "maxLength": #length_max },
    );
    quote! {
        #[doc = #doc]
        #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[serde(try_from = "::std::string::String")]
        pub struct #type_name(::std::string::String);
        impl ::std::convert::TryFrom<::std::string::String> for #type_name {
            type Error = self::error::ConversionError;
            fn try_from(value: ::std::string::String) -> ::std::result::Result<Self, self::error::ConversionError> {
                if !(#length_min..=#length_max).contains(&value.chars().count()) {
                    return Err(#message.into());
                }
                Ok(Self(value))
            }
        }
        impl ::std::convert::TryFrom<&str> for #type_name {
            type Error = self::error::ConversionError;
            fn try_from(value: &str) -> ::std::result::Result<Self, self::error::ConversionError> {
                Self::try_from(value.to_owned())
            }
        }
        impl ::std::ops::Deref for #type_name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl ::std::fmt::Display for #type_name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        #schema
    }
}

// A derived schema would say `Vec<T>` or `u64` and lose exactly the limits that the type keeps.
fn schema_impl(name: &str, body: &TokenStream) -> TokenStream {
    let type_name = format_ident!("{name}");
    let path = format!("::{name}");
    let generator = if body.to_string().contains("generator") {
        format_ident!("generator")
    } else {
        format_ident!("_generator")
    };
    quote! {
        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for #type_name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                #name.into()
            }
            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                concat!(module_path!(), #path).into()
            }
            fn json_schema(#generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({ #body })
            }
        }
    }
}

fn item_type(keywords: &Map<String, Value>) -> Result<TokenStream> {
    let items = keywords.get("items").context("a list needs `items`")?;
    if let Some(name) = items
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(local_name)
    {
        return Ok(type_path(name));
    }
    match items.get("type").and_then(Value::as_str) {
        Some("boolean") => Ok(quote!(bool)),
        _ => bail!("the items of a list are a `$ref` or booleans"),
    }
}

fn bound(keywords: &Map<String, Value>, keyword: &str) -> Option<usize> {
    keywords.get(keyword)?.as_u64()?.try_into().ok()
}

fn literal(value: i64, suffix: &str) -> Result<TokenStream> {
    format!("{value}{suffix}")
        .parse()
        .map_err(|error| anyhow::anyhow!("writing the number `{value}`: {error}"))
}

fn doc_of(keywords: &Map<String, Value>) -> String {
    let description = keywords.get("description").and_then(Value::as_str);
    format!(" {}", description.unwrap_or_default())
}
