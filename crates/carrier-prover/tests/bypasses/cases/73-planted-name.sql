-- A function of the owner's looks where x makes objects, and only the application calls it
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shared AUTHORIZATION {owner};
GRANT USAGE, CREATE ON SCHEMA shared TO {x};
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = shared, app, pg_temp
AS $$ BEGIN INSERT INTO notes VALUES ('called'); END $$;
REVOKE ALL ON FUNCTION app.note() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.note() TO {app};
RESET ROLE;
--> as x
CREATE TABLE shared.notes (line text);
CREATE FUNCTION shared.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON shared.notes FOR EACH ROW EXECUTE FUNCTION shared.go();
GRANT INSERT ON shared.notes TO {owner};
--> as app
SELECT app.note();
