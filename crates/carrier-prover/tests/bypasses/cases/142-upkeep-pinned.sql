-- An index of the ledger calls a function that looks names up where only the server makes objects
-- expect: 15=S 16=S
-- base: revoked
-- keeps: immutability
-- roles: upkeep SUPERUSER
--> setup
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
SET ROLE {owner};
CREATE FUNCTION app.key(wanted varchar) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN lower(wanted); END $$;
CREATE INDEX by_key ON app.ledger (app.key(subject));
RESET ROLE;
--> as x
CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN IF current_user <> session_user THEN
  UPDATE app.ledger SET status = 'changed'; END IF; RETURN pg_catalog.lower($1::text); END $$;
--> as upkeep
ANALYZE app.ledger;
