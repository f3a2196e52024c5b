-- The guard looks into a table that the attacker can empty
-- expect: B
-- base: open
-- loses: immutability=unproven
-- codes: FN_BRANCHES FN_READS_TABLES
--> setup
SET ROLE {owner};
CREATE TABLE app.locked (id int);
INSERT INTO app.locked VALUES (1);
GRANT SELECT, DELETE ON app.locked TO {x};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN IF EXISTS (SELECT 1 FROM app.locked) THEN RAISE EXCEPTION 'no'; END IF; RETURN coalesce(NEW, OLD); END
$$;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
DELETE FROM app.locked;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
