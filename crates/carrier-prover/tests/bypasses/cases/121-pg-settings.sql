-- A function of the owner's writes a setting as a row of a view of the server's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.note(wanted text, given text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $body$ BEGIN UPDATE pg_catalog.pg_settings SET setting = given WHERE name = wanted; INSERT INTO notes VALUES ('a'); END $body$;
RESET ROLE;
--> as x
CREATE TABLE shelf.notes (line text);
CREATE FUNCTION shelf.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON shelf.notes FOR EACH ROW EXECUTE FUNCTION shelf.go();
GRANT INSERT ON shelf.notes TO {owner};
SELECT app.note('search_path', 'shelf');
