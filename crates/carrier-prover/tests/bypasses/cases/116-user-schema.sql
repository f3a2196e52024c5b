-- A function of the owner's looks into the schema that is called as the owner is, and it is x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA {owner} AUTHORIZATION {x};
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = "$user", app, pg_temp
AS $body$ BEGIN INSERT INTO notes VALUES ('called'); END $body$;
RESET ROLE;
--> as x
GRANT USAGE ON SCHEMA {owner} TO {owner};
CREATE TABLE {owner}.notes (line text);
CREATE FUNCTION {owner}.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON {owner}.notes FOR EACH ROW EXECUTE FUNCTION {owner}.go();
GRANT INSERT ON {owner}.notes TO {owner};
SELECT app.note();
