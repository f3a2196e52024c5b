-- An AFTER trigger returns NULL and raises nothing
-- expect: B
-- base: open
-- loses: immutability=refuted
-- codes: NO_GUARD_UPDATE NO_GUARD_DELETE
--> setup
SET ROLE {owner};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER g_row AFTER UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
RESET ROLE;
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
