-- A function of the owner's calls another one by its whole name, and x adds one that fits better
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shared AUTHORIZATION {owner};
GRANT USAGE, CREATE ON SCHEMA shared TO {x};
SET ROLE {owner};
CREATE FUNCTION shared.norm(text) RETURNS text LANGUAGE sql SET search_path = pg_catalog, pg_temp AS 'SELECT $1';
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM shared.norm('a'::varchar); END $$;
RESET ROLE;
--> as x
CREATE FUNCTION shared.norm(varchar) RETURNS text LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed''; SELECT ''a''::text';
SELECT app.note();
