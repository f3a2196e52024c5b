-- The application itself owns the table
-- expect: B
-- base: guarded
-- loses: writer
--> setup
GRANT {owner} TO CURRENT_USER;
ALTER TABLE app.ledger OWNER TO {x};
--> as x
ALTER TABLE app.ledger DISABLE TRIGGER USER;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
