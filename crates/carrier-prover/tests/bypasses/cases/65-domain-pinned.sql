-- The same guard under pg_catalog, pg_temp
-- expect: H
-- base: open
-- keeps: immutability
--> setup
SET ROLE {owner};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN IF TG_OP::text = 'UPDATE' THEN RAISE EXCEPTION 'u'; ELSIF TG_OP::text = 'DELETE' THEN RAISE EXCEPTION 'd'; END IF; RETURN coalesce(NEW, OLD); END
$$;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
CREATE DOMAIN pg_temp.text AS pg_catalog.bpchar(1);
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
