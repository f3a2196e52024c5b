-- A function of the owner's runs a text by another name of a built-in function
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
CREATE FUNCTION app.rows_of(text, boolean, boolean, text) RETURNS xml LANGUAGE internal AS 'query_to_xml';
ALTER FUNCTION app.rows_of OWNER TO {owner};
SET ROLE {owner};
CREATE FUNCTION app.shown(given text) RETURNS xml LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ BEGIN RETURN app.rows_of(given, true, false, ''); END $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.go() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
SELECT app.shown('SELECT shelf.go()');
