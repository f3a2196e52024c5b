-- The owner can log in and drops the guard
-- expect: B
-- base: guarded
-- loses: writer
--> setup
ALTER ROLE {owner} LOGIN;
--> as owner
DROP TRIGGER g_row ON app.ledger;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
