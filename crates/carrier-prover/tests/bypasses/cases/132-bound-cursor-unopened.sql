-- A function of the owner's fetches from a cursor that it has declared and not opened
-- expect: 15=B 16=H 17=H 18=H
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE FUNCTION app.first() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ DECLARE c CURSOR FOR SELECT 1; n int; BEGIN FETCH c INTO n; RETURN n; END $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.go() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
BEGIN;
DECLARE c CURSOR FOR SELECT shelf.go();
SELECT app.first();
COMMIT;
