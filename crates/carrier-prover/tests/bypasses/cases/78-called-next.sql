-- A function that runs a text as a role, which alone may call one of the owner's
-- expect: B
-- base: revoked
-- roles: y INHERIT
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE FUNCTION app.fix() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'UPDATE app.ledger SET status = ''changed''';
REVOKE ALL ON FUNCTION app.fix() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.fix() TO {y};
GRANT USAGE ON SCHEMA app TO {y};
RESET ROLE;
CREATE SCHEMA between AUTHORIZATION {y};
SET ROLE {y};
GRANT USAGE ON SCHEMA between TO {x};
CREATE FUNCTION between.run(wanted text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN EXECUTE wanted; END $$;
RESET ROLE;
--> as x
SELECT between.run('SELECT app.fix()');
