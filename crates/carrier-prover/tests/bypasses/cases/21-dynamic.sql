-- The guard runs a text that the session chooses
-- expect: B
-- base: open
-- loses: immutability=unproven
-- codes: FN_DYNAMIC_EXECUTE
--> setup
SET ROLE {owner};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE allowed boolean; BEGIN EXECUTE current_setting('app.rule', true) INTO allowed; IF allowed THEN RETURN coalesce(NEW, OLD); END IF; RAISE EXCEPTION 'no'; END
$$;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
SET app.rule = 'SELECT true';
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
