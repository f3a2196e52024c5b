-- The owner can log in and disables the guard
-- expect: B
-- base: guarded
-- loses: writer
--> setup
ALTER ROLE {owner} LOGIN;
--> as owner
ALTER TABLE app.ledger DISABLE TRIGGER USER;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
