-- A row trigger that fires before the guard skips the row in silence
-- expect: S
-- base: guarded
-- roles: other
-- loses: immutability=unproven
-- codes: OTHER_BEFORE_ROW_TRIGGER
--> setup
GRANT USAGE, CREATE ON SCHEMA app TO {other};
SET ROLE {other};
CREATE FUNCTION app.skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
RESET ROLE;
CREATE TRIGGER a_skip BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.skip();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER a_skip;
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
