-- A function of the owner's counts, and x has a function of that name elsewhere
-- expect: H
-- base: revoked
-- keeps: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.count(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
SET ROLE {owner};
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT count(*) FROM app.ledger $body$;
RESET ROLE;
--> as x
SELECT shelf.nothing();
