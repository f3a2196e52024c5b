-- A guard that compares, without a pinned path, and a comparison of the attacker
-- expect: B
-- base: open
-- loses: immutability=unproven
-- codes: FN_BRANCHES
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
SET ROLE {owner};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql  AS $$
BEGIN IF OLD.status = 'draft' OR OLD.status = 'final' THEN RAISE EXCEPTION 'no'; END IF; RETURN coalesce(NEW, OLD); END
$$;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.guard();
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
RESET ROLE;
--> as x
CREATE FUNCTION evil.no(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR evil.= (FUNCTION = evil.no, LEFTARG = text, RIGHTARG = text);
SET search_path = evil, pg_catalog;
UPDATE app.ledger SET status = 'changed';
