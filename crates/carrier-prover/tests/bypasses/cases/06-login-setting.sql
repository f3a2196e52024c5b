-- A role begins every session in replica mode
-- expect: B
-- base: guarded
-- loses: immutability=refuted
-- codes: TRIGGER_ORIGIN_ONLY
--> setup
ALTER TABLE app.ledger ENABLE TRIGGER g_row;
ALTER TABLE app.ledger ENABLE TRIGGER g_all;
ALTER ROLE {x} SET session_replication_role = replica;
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
