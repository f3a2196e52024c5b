-- A foreign key that deletes, and a row trigger that raises
-- expect: H
-- base: guarded
-- keeps: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.parent (id int PRIMARY KEY);
INSERT INTO app.parent VALUES (1);
ALTER TABLE app.ledger ADD COLUMN parent_id int DEFAULT 1 REFERENCES app.parent ON DELETE CASCADE;
GRANT SELECT, DELETE, TRUNCATE ON app.parent TO {x};
RESET ROLE;
--> as x
DELETE FROM app.parent;
