-- A function of the owner's reads a table of a schema that is not there, and x may make it
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
GRANT CREATE ON DATABASE {database} TO {x};
SET ROLE {owner};
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM count(l.id) FROM audit.log AS l; EXCEPTION WHEN undefined_table THEN NULL; END $$;
RESET ROLE;
--> as x
CREATE SCHEMA audit;
CREATE FUNCTION audit.go() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
CREATE VIEW audit.log AS SELECT audit.go() AS id;
GRANT USAGE ON SCHEMA audit TO {owner};
GRANT SELECT ON audit.log TO {owner};
SELECT app.note();
