//! A case: how a carrier is set up, what is then done to it and by whom, and what must come of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const BASE: &str = include_str!("base.sql");

/// What an attack comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Rows change, vanish, appear, or are read otherwise.
    Bypassed,
    /// Every step is refused, and nothing changes.
    Held,
    /// Nothing changes, and somebody is not told.
    Silent,
    /// There is nothing to run.
    NothingToRun,
}

/// One file of `cases`.
#[derive(Debug)]
pub(crate) struct Case {
    /// The file's name without its ending: number, then words.
    pub(crate) id: String,
    pub(crate) title: String,
    /// By major version; none: the same on all.
    expected: BTreeMap<Option<u16>, Expected>,
    /// Names of roles beside owner, x, app and reader, each with what it is made with.
    pub(crate) roles: Vec<(String, String)>,
    pub(crate) relation: String,
    /// The function that is declared to read it back.
    pub(crate) consumer: String,
    /// Criteria that must not be proven, each with the outcome it must have if one is named.
    pub(crate) loses: Vec<String>,
    /// Criteria whose witness names the gap rightly but does not run as it is printed.
    pub(crate) unwitnessed: Vec<String>,
    /// Criteria that must be proven.
    pub(crate) keeps: Vec<String>,
    /// Codes that the report must name.
    pub(crate) codes: Vec<String>,
    pub(crate) setup: String,
    /// Role and statements, in order; a role keeps its session.
    pub(crate) steps: Vec<(String, String)>,
    /// What is compared before and after.
    pub(crate) read: String,
    /// Or else a question whose answer is whether the attack worked, and who asks it.
    pub(crate) changed: Option<(Option<String>, String)>,
    pub(crate) teardown: String,
}

impl Case {
    /// All cases, in the order of their numbers.
    pub(crate) fn all() -> Vec<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bypasses/cases");
        let mut paths: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort_by_key(|path| number(path));
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// What must come of it on a server of this version; none: not for this version.
    pub(crate) fn expected(&self, major: u16) -> Option<Expected> {
        let all = self.expected.get(&None);
        self.expected.get(&Some(major)).or(all).copied()
    }

    /// The real name of a role of the case, in a database of this name.
    pub(crate) fn role(database: &str, name: &str) -> String {
        format!("{database}_{name}")
    }

    /// SQL of the case with the real names in it.
    pub(crate) fn written(&self, database: &str, sql: &str) -> String {
        let mut sql = sql.replace("{database}", database);
        let own = self.roles.iter().map(|(name, _)| name.as_str());
        for name in ["owner", "x", "app", "reader"].into_iter().chain(own) {
            sql = sql.replace(&format!("{{{name}}}"), &Self::role(database, name));
        }
        sql
    }

    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut parts = text.split("\n--> ");
        let head = parts.next().unwrap();
        let field = |name: &str| {
            let prefix = format!("-- {name}: ");
            head.lines()
                .find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
        };
        let words = |name: &str| -> Vec<String> {
            let text = field(name).unwrap_or_default();
            text.split_whitespace().map(str::to_owned).collect()
        };
        let mut case = Self {
            id: path.file_stem().unwrap().to_string_lossy().into_owned(),
            title: head
                .lines()
                .next()
                .unwrap()
                .trim_start_matches("-- ")
                .to_owned(),
            expected: expected(&field("expect").unwrap()),
            roles: words("roles").chunks(2).map(role).collect(),
            relation: field("relation").unwrap_or_else(|| "app.ledger".to_owned()),
            consumer: field("consumer").unwrap_or_else(|| "app.read_back".to_owned()),
            loses: words("loses"),
            unwitnessed: words("unwitnessed"),
            keeps: words("keeps"),
            codes: words("codes"),
            setup: base(&field("base").unwrap()),
            steps: Vec::new(),
            read: "SELECT * FROM app.ledger ORDER BY id".to_owned(),
            changed: None,
            teardown: String::new(),
        };
        for part in parts {
            case.section(part);
        }
        case
    }

    fn section(&mut self, part: &str) {
        let (name, sql) = part.split_once('\n').unwrap();
        let sql = sql.to_owned();
        match name.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["setup"] => self.setup.push_str(&sql),
            ["as", role] => self.steps.push(((*role).to_owned(), sql)),
            ["read"] => self.read = sql,
            ["changed"] => self.changed = Some((None, sql)),
            ["changed", "as", role] => self.changed = Some((Some((*role).to_owned()), sql)),
            ["teardown"] => self.teardown = sql,
            other => panic!("{}: section {other:?}", self.id),
        }
    }
}

fn role(words: &[String]) -> (String, String) {
    let attributes = words.get(1).cloned().unwrap_or_default();
    (words.first().unwrap().clone(), attributes)
}

fn number(path: &Path) -> u16 {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.split('-').next().unwrap().parse().unwrap()
}

fn expected(text: &str) -> BTreeMap<Option<u16>, Expected> {
    text.split_whitespace()
        .map(|word| match word.split_once('=') {
            Some((major, letter)) => (Some(major.parse().unwrap()), outcome(letter)),
            None => (None, outcome(word)),
        })
        .collect()
}

fn outcome(letter: &str) -> Expected {
    match letter {
        "B" => Expected::Bypassed,
        "H" => Expected::Held,
        "S" => Expected::Silent,
        "-" => Expected::NothingToRun,
        other => panic!("outcome {other}"),
    }
}

/// The parts of the base up to and including the one named.
fn base(last: &str) -> String {
    let mut sql = String::new();
    for part in BASE.split("--> ").skip(1) {
        let (name, text) = part.split_once('\n').unwrap();
        sql.push_str(text);
        if name == last {
            return sql;
        }
    }
    panic!("base {last}");
}
