//! The schema that the gate expects is the one that the migrations make.

use super::fixture::Fixture;
use crate::role::Role;
use crate::schema;

#[test]
fn the_expected_schema_is_that_of_a_fresh_store() {
    let fixture = Fixture::fresh();
    let session = fixture.store.session(Role::Reader).unwrap();
    let objects = session
        .try_run("read the schema", async |client| {
            schema::objects(&session, client).await
        })
        .unwrap();
    if std::env::var_os("HOLDFAST_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/expected-schema.json");
        let text = serde_json::to_string_pretty(&schema::listed(&objects)).unwrap();
        std::fs::write(path, text + "\n").unwrap();
        return;
    }
    let expected = schema::expected().unwrap();
    for made in expected {
        let found = objects.iter().find(|found| {
            (found.kind, &found.name, &found.table) == (made.kind, &made.name, &made.table)
        });
        let text = found.map(|found| found.sql.as_str());
        assert_eq!(text, Some(made.sql.as_str()), "{}", made.name);
    }
    assert_eq!(objects.len(), expected.len());
}

#[test]
fn the_catalogues_triggers_read_alone_are_those_of_the_whole_schema() {
    let fixture = Fixture::fresh();
    fixture
        .superuser()
        .batch_execute(
            "CREATE FUNCTION public.notify() RETURNS trigger LANGUAGE plpgsql AS \
               'BEGIN RETURN NULL; END'; \
             CREATE TRIGGER foreign_one AFTER INSERT ON holdfast.dot_catalogue \
               FOR EACH ROW WHEN (NEW.status = 'active') EXECUTE FUNCTION public.notify()",
        )
        .unwrap();
    let session = fixture.store.session(Role::Reader).unwrap();
    let (all, alone) = session
        .try_run("read the schema", async |client| {
            let all = schema::objects(&session, client).await?;
            Ok((all, schema::catalogue_triggers(&session, client).await?))
        })
        .unwrap();
    let of_catalogue = all.into_iter().filter(|object| {
        object.kind == gate::port::ObjectKind::Trigger && object.table == "dot_catalogue"
    });
    let of_catalogue: Vec<_> = of_catalogue.collect();
    assert!(
        of_catalogue
            .iter()
            .any(|object| object.name == "foreign_one")
    );
    assert_eq!(alone, of_catalogue);
}
