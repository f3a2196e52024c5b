-- The right to set session_replication_role was granted
-- expect: B
-- base: guarded
-- loses: immutability=refuted
-- codes: TRIGGER_ORIGIN_ONLY
--> setup
ALTER TABLE app.ledger ENABLE TRIGGER g_row;
ALTER TABLE app.ledger ENABLE TRIGGER g_all;
GRANT SET ON PARAMETER session_replication_role TO {x};
--> as x
SET session_replication_role = replica;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
--> teardown
REVOKE SET ON PARAMETER session_replication_role FROM {x};
