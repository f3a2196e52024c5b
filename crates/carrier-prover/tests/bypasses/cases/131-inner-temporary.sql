-- A function that a pinned one calls writes a table that is nowhere, but may be a temporary one
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.inner_note() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes VALUES ('a'); END $$;
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ BEGIN PERFORM app.inner_note(); EXCEPTION WHEN undefined_table THEN NULL; END $body$;
RESET ROLE;
--> as x
CREATE TEMPORARY TABLE notes (line text);
CREATE FUNCTION pg_temp.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION pg_temp.go();
GRANT INSERT ON notes TO {owner};
SELECT app.note();
