-- A trigger function of the owner's that nobody else may execute
-- expect: H
-- base: revoked
-- keeps: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.inbox (id int);
CREATE TABLE app.notes (id int);
CREATE FUNCTION app.log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN INSERT INTO app.notes VALUES (NEW.id); RETURN NEW; END $$;
CREATE TRIGGER log AFTER INSERT ON app.inbox FOR EACH ROW EXECUTE FUNCTION app.log();
RESET ROLE;
REVOKE ALL ON FUNCTION app.log() FROM PUBLIC;
--> as x
SELECT shelf.nothing();
