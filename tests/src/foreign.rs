//! Triggers that nobody declared, as each kind of store takes them.

use crate::kind::Kind;

/// What makes a trigger, and what takes it away again.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// Makes it.
    pub make: String,
    /// Drops it, with whatever was made for it.
    pub drop: String,
}

impl Foreign {
    /// A trigger that looks on at every insert into a table.
    pub fn on(kind: Kind, name: &str, table: &str) -> Self {
        match kind {
            Kind::Sqlite => Self::with(kind, (name, "AFTER INSERT", table), "SELECT 1;"),
            Kind::Postgres => {
                let made = Self::with(kind, (name, "AFTER INSERT", table), "PERFORM 1;");
                // Without a fixed path it might do anything, as whoever made it.
                let path = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp";
                Self {
                    make: made.make.replace("SECURITY DEFINER", path),
                    ..made
                }
            }
        }
    }

    /// A trigger that lets nothing into a table.
    pub fn refusing(kind: Kind, name: &str, table: &str) -> Self {
        let body = match kind {
            Kind::Sqlite => "SELECT RAISE(ABORT, 'not today');",
            Kind::Postgres => "RAISE EXCEPTION 'not today';",
        };
        Self::with(kind, (name, "BEFORE INSERT", table), body)
    }

    /// A trigger with a body of the caller's: name, event, table. On a server the body is the one of
    /// a function outside the store's schema.
    pub fn with(kind: Kind, (name, event, table): (&str, &str, &str), body: &str) -> Self {
        match kind {
            Kind::Sqlite => Self {
                make: format!("CREATE TRIGGER {name} {event} ON {table} BEGIN {body} END;"),
                drop: format!("DROP TRIGGER {name};"),
            },
            Kind::Postgres => Self {
                make: format!(
                    "CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql \
                     SECURITY DEFINER AS $$ BEGIN {body} RETURN NEW; END $$; \
                     REVOKE ALL ON FUNCTION public.{name}() FROM PUBLIC; \
                     CREATE TRIGGER {name} {event} ON {table} \
                     FOR EACH ROW EXECUTE FUNCTION public.{name}();"
                ),
                drop: format!("DROP FUNCTION public.{name}() CASCADE;"),
            },
        }
    }
}
