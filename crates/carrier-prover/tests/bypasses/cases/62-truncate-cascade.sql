-- TRUNCATE of a referenced table, with CASCADE
-- expect: H
-- base: guarded
-- keeps: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.parent (id int PRIMARY KEY);
INSERT INTO app.parent VALUES (1);
ALTER TABLE app.ledger ADD COLUMN parent_id int DEFAULT 1 REFERENCES app.parent ON DELETE NO ACTION;
GRANT SELECT, DELETE, TRUNCATE ON app.parent TO {x};
RESET ROLE;
--> as x
TRUNCATE app.parent CASCADE;
