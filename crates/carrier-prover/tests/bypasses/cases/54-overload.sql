-- The pinned schema admits new functions, and the guard calls one by its bare name
-- expect: B
-- base: open
-- loses: immutability=unproven
-- codes: FN_BRANCHES FN_CALLS_UNQUALIFIED
--> setup
GRANT CREATE ON SCHEMA app TO {x};
SET ROLE {owner};
CREATE FUNCTION app.frozen(varchar) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = app, pg_catalog, pg_temp AS $$
BEGIN IF frozen(OLD.status) THEN RAISE EXCEPTION 'no'; END IF; RETURN coalesce(NEW, OLD); END
$$;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
CREATE FUNCTION app.frozen(text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
