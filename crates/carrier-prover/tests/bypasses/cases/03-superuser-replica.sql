-- A superuser in replica mode, and guards that are enabled for origin sessions
-- expect: B
-- base: guarded
-- roles: su superuser
-- loses: trust immutability=unproven retention=unproven
-- codes: TRIGGER_ORIGIN_ONLY
--> setup
ALTER TABLE app.ledger ENABLE TRIGGER g_row;
ALTER TABLE app.ledger ENABLE TRIGGER g_all;
--> as su
SET session_replication_role = replica;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
