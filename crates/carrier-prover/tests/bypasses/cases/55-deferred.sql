-- A constraint trigger that raises at the commit
-- expect: H
-- base: open
-- keeps: immutability
--> setup
SET ROLE {owner};
CREATE CONSTRAINT TRIGGER g_row AFTER UPDATE OR DELETE ON app.ledger DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.deny();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
BEGIN;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
COMMIT;
