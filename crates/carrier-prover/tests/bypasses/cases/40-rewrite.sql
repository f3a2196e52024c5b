-- The owner can log in and changes a type, which rewrites rows without triggers
-- expect: B
-- base: guarded
-- loses: writer
--> setup
ALTER ROLE {owner} LOGIN;
--> as owner
ALTER TABLE app.ledger ALTER COLUMN status TYPE text USING 'changed';
