//! Runs a case on a database of its own, as the roles it names.

use std::collections::BTreeMap;

use postgres_lab::postgres::{Client, NoTls, SimpleQueryMessage};
use postgres_lab::{Database, Server};

use crate::case::{Case, Expected};

/// A case, set up: its database and its roles, dropped together.
pub(crate) struct Stage<'case> {
    case: &'case Case,
    pub(crate) database: Database,
    superuser: Client,
}

impl<'case> Stage<'case> {
    pub(crate) fn new(server: &Server, case: &'case Case) -> Self {
        let number = case.id.split('-').next().unwrap();
        let database = server.fresh_database(&format!("case{number}")).unwrap();
        let superuser = database.connect().unwrap();
        let mut stage = Self {
            case,
            database,
            superuser,
        };
        let roles = [
            ("owner", "NOLOGIN"),
            ("x", "LOGIN"),
            ("app", "LOGIN"),
            ("reader", "LOGIN"),
        ];
        for (name, attributes) in roles {
            stage.run(&format!("CREATE ROLE {{{name}}} {attributes}"));
        }
        for (name, attributes) in &case.roles {
            stage.run(&format!("CREATE ROLE {{{name}}} LOGIN {attributes}"));
        }
        stage.run(&case.setup);
        stage
    }

    /// The real name of a role of the case.
    pub(crate) fn role(&self, name: &str) -> String {
        Case::role(self.database.name(), name)
    }

    fn written(&self, sql: &str) -> String {
        self.case.written(self.database.name(), sql)
    }

    /// A session of a role, really logged in.
    fn session(&self, role: &str) -> Client {
        Client::connect(&self.database.url(role), NoTls).unwrap()
    }

    fn run(&mut self, sql: &str) {
        let sql = self.written(sql);
        if let Err(error) = self.superuser.batch_execute(&sql) {
            panic!("{}: {}\n{sql}", self.case.id, said(&error));
        }
    }

    /// Does what the case does, and says what came of it.
    pub(crate) fn attack(&mut self) -> (Expected, String) {
        if self.case.steps.is_empty() {
            return (Expected::NothingToRun, String::new());
        }
        let read = self.written(&self.case.read);
        let before = rows(&mut self.superuser, &read);
        let mut sessions: BTreeMap<String, Client> = BTreeMap::new();
        let mut refusals = Vec::new();
        for (name, sql) in &self.case.steps {
            let role = self.role(name);
            let fresh = (!sessions.contains_key(&role)).then(|| self.session(&role));
            sessions.extend(fresh.map(|session| (role.clone(), session)));
            let session = sessions.get_mut(&role).unwrap();
            if let Err(error) = session.batch_execute(&self.written(sql)) {
                refusals.push(said(&error));
                session.batch_execute("ROLLBACK").unwrap();
            }
        }
        let changed = match &self.case.changed {
            None => rows(&mut self.superuser, &read) != before,
            Some((who, sql)) => {
                let sql = self.written(sql);
                let asker = who
                    .as_ref()
                    .and_then(|name| sessions.get_mut(&self.role(name)));
                let asker = asker.unwrap_or(&mut self.superuser);
                asker.query_one(&sql, &[]).is_ok_and(|row| row.get(0))
            }
        };
        let happened = if changed {
            Expected::Bypassed
        } else if refusals.len() == self.case.steps.len() {
            Expected::Held
        } else {
            Expected::Silent
        };
        (happened, refusals.join("; "))
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        let teardown = self.written(&self.case.teardown);
        if let Err(error) = self.superuser.batch_execute(&teardown) {
            eprintln!("{}: teardown: {}", self.case.id, said(&error));
        }
    }
}

/// What the server said.
pub(crate) fn said(error: &postgres_lab::postgres::Error) -> String {
    let database = error.as_db_error();
    database.map_or_else(
        || error.to_string(),
        |it| format!("{} {}", it.code().code(), it.message()),
    )
}

/// All rows of a query, as text.
fn rows(client: &mut Client, sql: &str) -> Vec<Vec<Option<String>>> {
    let messages = client.simple_query(sql).unwrap();
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let cell = |index| row.get(index).map(str::to_owned);
                Some((0..row.len()).map(cell).collect())
            }
            _ => None,
        })
        .collect()
}
