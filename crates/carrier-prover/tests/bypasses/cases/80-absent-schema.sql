-- A function of the owner's calls one of a schema that is not there, and x may make it
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
GRANT CREATE ON DATABASE {database} TO {x};
SET ROLE {owner};
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM audit.write(); EXCEPTION WHEN invalid_schema_name THEN NULL; END $$;
RESET ROLE;
--> as x
CREATE SCHEMA audit;
CREATE FUNCTION audit.write() RETURNS void LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed''';
GRANT USAGE ON SCHEMA audit TO {owner};
SELECT app.note();
