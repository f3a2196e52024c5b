-- The guard fires for one column
-- expect: B
-- base: guarded
-- loses: immutability=refuted
-- codes: TRIGGER_COLUMN_LIST
--> setup
DROP TRIGGER g_row ON app.ledger;
CREATE TRIGGER g_row BEFORE DELETE OR UPDATE OF payload ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
