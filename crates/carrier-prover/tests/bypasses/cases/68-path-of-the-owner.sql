-- A function of the owner's whose pinned path begins with the owner's own schema
-- expect: H
-- base: revoked
-- keeps: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$ BEGIN INSERT INTO notes VALUES ('called'); END $$;
RESET ROLE;
--> as x
CREATE TRIGGER go BEFORE INSERT ON app.notes FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE FUNCTION app.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
