-- A function of the owner's names the search path with an escape
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.note(given text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $body$ BEGIN PERFORM set_config(E'search\137path', given, true); INSERT INTO notes VALUES ('a'); END $body$;
RESET ROLE;
--> as x
CREATE TABLE shelf.notes (line text);
CREATE FUNCTION shelf.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON shelf.notes FOR EACH ROW EXECUTE FUNCTION shelf.go();
GRANT INSERT ON shelf.notes TO {owner};
SELECT app.note('shelf');
