-- An unconditional RAISE, without a pinned path: nothing to take over
-- expect: H
-- base: open
-- keeps: immutability
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
SET ROLE {owner};
CREATE FUNCTION app.guard() RETURNS trigger LANGUAGE plpgsql  AS $$
BEGIN RAISE EXCEPTION 'no'; END
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
