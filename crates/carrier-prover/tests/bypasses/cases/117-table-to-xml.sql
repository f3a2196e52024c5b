-- A function of the owner's has a view of its caller's shown by a built-in function
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE FUNCTION app.shown(given regclass) RETURNS xml LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ BEGIN RETURN table_to_xml(given, true, false, ''); END $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.go() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
CREATE VIEW shelf.prices AS SELECT shelf.go() AS price;
GRANT SELECT ON shelf.prices TO {owner};
SELECT app.shown('shelf.prices');
