-- The guard asks a setting that anybody can set
-- expect: B
-- base: open
-- loses: immutability=unproven
-- codes: FN_BRANCHES FN_READS_SETTING
--> setup
SET ROLE {owner};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN IF current_setting('app.open', true) = 'on' THEN RETURN coalesce(NEW, OLD); END IF; RAISE EXCEPTION 'no'; END
$$;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
SET app.open = 'on';
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
