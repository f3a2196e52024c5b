-- The guard fires for rows of one status
-- expect: B
-- base: guarded
-- loses: immutability=unproven
-- codes: TRIGGER_CONDITIONAL
--> setup
DROP TRIGGER g_row ON app.ledger;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW WHEN (OLD.status = 'final') EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
