-- A foreign key that sets NULL, and a guard for the outermost statement only
-- expect: B
-- base: guarded
-- loses: immutability=unproven
-- codes: TRIGGER_CONDITIONAL WHEN_READS_SETTING_OR_IDENTITY
--> setup
SET ROLE {owner};
CREATE TABLE app.parent (id int PRIMARY KEY);
INSERT INTO app.parent VALUES (1);
ALTER TABLE app.ledger ADD COLUMN parent_id int DEFAULT 1 REFERENCES app.parent ON DELETE SET NULL;
GRANT SELECT, DELETE, TRUNCATE ON app.parent TO {x};
RESET ROLE;
DROP TRIGGER g_row ON app.ledger;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
--> as x
DELETE FROM app.parent;
--> read
SELECT id, status, parent_id FROM app.ledger ORDER BY 1
