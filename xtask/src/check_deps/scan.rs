//! Which paths a source names: by token, so comments and texts do not count.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, anyhow};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Every Rust file under `folder` but those that hold only tests.
pub(super) fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("listing `{}`", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.file_stem().is_some_and(|stem| stem == "tests") {
                continue;
            }
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Those of `refused` that `source` names outside `#[cfg(test)]`, in groups of a `use` too.
pub(super) fn named_paths(source: &str, refused: &[String]) -> Result<Vec<String>> {
    let tokens = TokenStream::from_str(source).map_err(|error| anyhow!("{error}"))?;
    let mut paths = BTreeSet::new();
    Walk { paths: &mut paths }.stream(tokens, &[]);
    let names = |refused: &&String| {
        let wanted: Vec<_> = refused.split("::").collect();
        paths.iter().any(|path| {
            path.windows(wanted.len())
                .any(|part| part.iter().eq(wanted.iter()))
        })
    };
    Ok(refused.iter().filter(names).cloned().collect())
}

struct Walk<'paths> {
    paths: &'paths mut BTreeSet<Vec<String>>,
}

impl Walk<'_> {
    // `prefix` is what stands before the braces of a grouped `use`.
    fn stream(&mut self, tokens: TokenStream, prefix: &[String]) {
        let mut path = prefix.to_vec();
        let mut is_joined = !prefix.is_empty();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) => {
                    if !is_joined {
                        self.end(&mut path);
                    }
                    path.push(ident.to_string());
                    is_joined = false;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    let is_double = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                    if is_double {
                        tokens.next();
                        is_joined = true;
                    } else {
                        self.end(&mut path);
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    self.end(&mut path);
                    if matches!(tokens.peek(), Some(TokenTree::Group(group)) if is_test_attribute(group))
                    {
                        skip_item(&mut tokens);
                    }
                }
                TokenTree::Punct(punct) => {
                    self.end(&mut path);
                    is_joined = punct.as_char() == ',' && !prefix.is_empty();
                    if is_joined {
                        path.extend_from_slice(prefix);
                    }
                }
                TokenTree::Group(group) => {
                    let is_grouped_use = is_joined && group.delimiter() == Delimiter::Brace;
                    let inner = if is_grouped_use {
                        path.clone()
                    } else {
                        Vec::new()
                    };
                    self.stream(group.stream(), &inner);
                    self.end(&mut path);
                    is_joined = false;
                }
                TokenTree::Literal(_) => self.end(&mut path),
            }
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.paths.insert(std::mem::take(path));
        }
    }
}

fn is_test_attribute(group: &Group) -> bool {
    let text: String = group.stream().to_string().split_whitespace().collect();
    group.delimiter() == Delimiter::Bracket && text == "cfg(test)"
}

// An item ends with its braces or its semicolon.
fn skip_item(tokens: &mut impl Iterator<Item = TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let refused = [
            "std::fs",
            "std::env",
            "std::time::SystemTime",
            "Instant::now",
        ];
        let found = named_paths(source, &refused.map(str::to_owned)).unwrap();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn a_refused_path_is_found_however_it_is_written() {
        check("use std::fs;", &["std::fs"]);
        check("use std::fs::File;", &["std::fs"]);
        check("use std::{io, fs};", &["std::fs"]);
        check(
            "use std::{collections::{BTreeMap}, env::args, io};",
            &["std::env"],
        );
        check(
            "fn a() { let t = ::std::time::SystemTime::now(); }",
            &["std::time::SystemTime"],
        );
        check(
            "fn a() { b(Instant::now(), [std :: fs :: read(c)]) }",
            &["std::fs", "Instant::now"],
        );
    }

    #[test]
    fn comments_texts_tests_and_other_paths_are_no_findings() {
        check(
            "// std::fs\n/* std::env */ const A: &str = \"std::fs\";",
            &[],
        );
        check("/// Never reads std::fs.\nfn a() {}", &[]);
        check("#[cfg(test)]\nmod tests { use std::fs; }", &[]);
        check("#[cfg(test)] use std::fs; use std::time::Duration;", &[]);
        check(
            "use std::io; fn fs(env: u8) { fs::<u8>(env) } struct S { std: u8, fs: u8 }",
            &[],
        );
    }

    #[test]
    fn what_follows_a_test_item_is_scanned_again() {
        check("#[cfg(test)] mod tests {} use std::fs;", &["std::fs"]);
    }
}
