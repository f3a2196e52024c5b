-- A superuser in replica mode, and guards that are always enabled
-- expect: H
-- base: guarded
-- roles: su superuser
-- keeps: immutability
--> as su
SET session_replication_role = replica;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
