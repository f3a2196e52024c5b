-- An index of the ledger calls a function that looks names up where x makes objects
-- expect: 15=B 16=B
-- base: revoked
-- loses: immutability
-- roles: upkeep SUPERUSER
--> setup
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
SET ROLE {owner};
CREATE FUNCTION app.key(wanted varchar) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN lower(wanted); END $$;
CREATE INDEX by_key ON app.ledger (app.key(subject));
RESET ROLE;
--> as x
CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN IF pg_trigger_depth() = 0 AND current_user <> session_user THEN IF (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; END IF; RETURN pg_catalog.lower($1::text); END $$;
--> as upkeep
ANALYZE app.ledger;
