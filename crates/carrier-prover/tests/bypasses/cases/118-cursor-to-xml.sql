-- A function of the owner's has a cursor of its caller's shown by a built-in function
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE FUNCTION app.shown(given refcursor) RETURNS xml LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ BEGIN RETURN cursor_to_xml(given, 1, true, false, ''); END $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.go() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
BEGIN;
DECLARE brought CURSOR FOR SELECT shelf.go();
SELECT app.shown('brought');
COMMIT;
