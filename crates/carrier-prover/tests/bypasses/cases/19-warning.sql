-- RAISE WARNING
-- expect: B
-- base: open
-- loses: immutability=refuted
-- codes: FN_RAISE_NOT_ERROR
--> setup
SET ROLE {owner};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN RAISE WARNING 'no'; RETURN NEW; END
$$;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
