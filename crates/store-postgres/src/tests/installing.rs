//! Making a store: once, twice, two at once, by whom, and what it leaves behind.

use std::os::unix::fs::MetadataExt;
use std::thread;

use postgres_lab::{Server, ServerOptions};

use super::fixture::Place;
use crate::{Role, Store, StoreError, install, schema_sql};

#[test]
fn an_empty_database_becomes_a_store_and_a_second_time_nothing_happens() {
    let place = Place::fresh();
    let database = place.database.name().to_owned();
    let first = place.install();
    assert_eq!(first.roles, Role::ALL.map(|role| role.login(&database)));
    assert_eq!(first.secrets.len(), 8);
    assert_eq!(first.migrations.len(), 4);
    let secrets = secrets(&place);
    assert_eq!(place.install(), crate::Installed::default());
    assert_eq!(self::secrets(&place), secrets);
    Store::open(place.address(), place.credentials()).unwrap();
}

fn secrets(place: &Place) -> Vec<Vec<u8>> {
    Role::ALL
        .iter()
        .map(|role| {
            let path = place.directory.path().join(role.name());
            assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
            std::fs::read(path).unwrap()
        })
        .collect()
}

#[test]
fn two_that_make_the_same_store_at_once_make_one() {
    let place = Place::fresh();
    let made = thread::scope(|scope| {
        let [one, other] = [(); 2].map(|()| scope.spawn(|| place.install()));
        [one.join().unwrap(), other.join().unwrap()]
    });
    let counts = made.map(|made| (made.roles.len(), made.secrets.len(), made.migrations.len()));
    assert!(
        counts.contains(&(8, 8, 4)) && counts.contains(&(0, 0, 0)),
        "{counts:?}"
    );
    Store::open(place.address(), place.credentials()).unwrap();
}

#[test]
fn a_role_that_exists_keeps_its_password() {
    let place = Place::fresh();
    place.install();
    let other = Place {
        database: place.database,
        directory: tempfile::tempdir().unwrap(),
    };
    if let Some(password) = other.database.server().superuser_password() {
        other.keep("administrator", password);
    }
    let again = other.install();
    assert_eq!(again.without_secret.len(), 8);
    assert!(again.secrets.is_empty());
    let first = crate::Credentials::new(place.directory.path());
    Store::open(other.address(), first).unwrap();
}

#[test]
fn a_password_that_was_prepared_is_the_one_that_is_set() {
    let place = Place::fresh();
    place.keep("reader", "a password of our own\n");
    let made = place.install();
    assert_eq!((made.roles.len(), made.secrets.len()), (8, 7));
    Store::open(place.address(), place.credentials()).unwrap();
}

#[test]
fn private_server_role_that_may_too_much_is_narrowed() {
    let server = Server::start(ServerOptions::new()).unwrap();
    let place = Place::on(&server);
    place.install();
    let login = Role::Observer.login(place.database.name());
    let mut superuser = place.database.connect().unwrap();
    superuser
        .batch_execute(&format!("ALTER ROLE \"{login}\" SUPERUSER CREATEROLE"))
        .unwrap();
    place.install();
    let row = superuser
        .query_one(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = $1",
            &[&login],
        )
        .unwrap();
    assert!(!row.get::<_, bool>(0));
}

#[test]
fn a_schema_of_that_name_of_somebody_else_is_refused_and_left() {
    let place = Place::fresh();
    place
        .database
        .connect()
        .unwrap()
        .batch_execute("CREATE SCHEMA holdfast")
        .unwrap();
    let refused = install(&place.address(), &place.credentials()).unwrap_err();
    assert!(
        matches!(refused, StoreError::NotAStore { .. }),
        "{refused:?}"
    );
}

#[test]
fn private_server_owner_of_the_database_who_may_make_roles_makes_a_store() {
    let server = Server::start(ServerOptions::new()).unwrap();
    let place = Place::on(&server);
    let maker = format!("{}_maker", place.database.name());
    place
        .database
        .connect()
        .unwrap()
        .batch_execute(&format!(
            "CREATE ROLE \"{maker}\" LOGIN CREATEROLE PASSWORD 'made'; \
             ALTER DATABASE \"{}\" OWNER TO \"{maker}\"",
            place.database.name()
        ))
        .unwrap();
    place.keep("administrator", "made");
    let address = place.database.url(&maker).parse().unwrap();
    install(&address, &place.credentials()).unwrap();
    Store::open(address, place.credentials()).unwrap();
    let mut superuser = place.database.connect().unwrap();
    let members = superuser
        .query_one(
            "SELECT count(*) FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.member \
             WHERE r.rolname = $1 AND NOT m.admin_option",
            &[&maker],
        )
        .unwrap();
    assert_eq!(
        members.get::<_, i64>(0),
        0,
        "the maker is no member of the owner"
    );
    superuser
        .batch_execute(&format!(
            "REASSIGN OWNED BY \"{maker}\" TO CURRENT_USER; DROP OWNED BY \"{maker}\" CASCADE"
        ))
        .unwrap();
}

#[test]
fn the_printed_statements_name_every_role_and_no_place_is_left_open() {
    let text = schema_sql("catalogue").join(";\n");
    for role in Role::ALL {
        assert!(text.contains(&format!("\"catalogue_{role}\"")), "{role}");
        assert!(!text.contains(&format!("{{{role}}}")), "{role}");
    }
    assert!(text.contains("CREATE ROLE \"catalogue_owner\" NOLOGIN"));
}
