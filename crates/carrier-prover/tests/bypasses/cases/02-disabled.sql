-- The guard stands disabled
-- expect: B
-- base: guarded
-- loses: immutability=refuted
-- codes: TRIGGER_DISABLED NO_GUARD_UPDATE NO_GUARD_DELETE
--> setup
ALTER TABLE app.ledger DISABLE TRIGGER g_row;
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
