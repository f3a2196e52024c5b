-- A function of the owner's fetches from a cursor that its caller has opened
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA made AUTHORIZATION {x};
GRANT USAGE ON SCHEMA made TO {owner};
SET ROLE {owner};
CREATE FUNCTION app.first(given refcursor) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ DECLARE found text; BEGIN FETCH given INTO found; RETURN found; END $$;
RESET ROLE;
--> as x
CREATE FUNCTION made.go() RETURNS text LANGUAGE plpgsql
AS $$ BEGIN UPDATE app.ledger SET status = 'changed'; RETURN ''; END $$;
BEGIN;
DECLARE brought CURSOR FOR SELECT made.go();
SELECT app.first('brought');
COMMIT;
