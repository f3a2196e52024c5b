-- A function that a pinned one calls as the owner looks for its tables among temporary ones first
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.write_note() RETURNS void LANGUAGE plpgsql SET search_path = app
AS $$ BEGIN INSERT INTO notes VALUES ('called'); END $$;
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM app.write_note(); END $$;
RESET ROLE;
--> as x
CREATE TEMPORARY TABLE notes (line text);
CREATE FUNCTION pg_temp.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION pg_temp.go();
GRANT INSERT ON notes TO {owner};
SELECT app.note();
