-- A role that may make roles makes itself the owner
-- expect: 15=B 16=H 17=H 18=H
-- base: guarded
-- roles: maker createrole
-- loses: 15:writer
-- keeps: immutability
--> as maker
GRANT {owner} TO {maker};
SET ROLE {owner};
ALTER TABLE app.ledger DISABLE TRIGGER USER;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
