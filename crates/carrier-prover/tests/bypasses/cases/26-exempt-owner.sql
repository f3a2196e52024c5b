-- The guard lets the owner through, and a foreign key acts as the owner
-- expect: B
-- base: open
-- loses: immutability=unproven
-- codes: FN_BRANCHES FN_READS_IDENTITY
--> setup
SET ROLE {owner};
CREATE TABLE app.parent (id int PRIMARY KEY);
INSERT INTO app.parent VALUES (1);
ALTER TABLE app.ledger ADD COLUMN parent_id int DEFAULT 1 REFERENCES app.parent ON DELETE CASCADE;
GRANT SELECT, DELETE, TRUNCATE ON app.parent TO {x};
RESET ROLE;
SET ROLE {owner};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN IF current_user = '{owner}' THEN RETURN coalesce(NEW, OLD); END IF; RAISE EXCEPTION 'no'; END
$$;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
DELETE FROM app.parent;
