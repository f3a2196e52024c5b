-- A function of the owner's writes the name of a table of x's by code points
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE TABLE shelf.prices (price int);
GRANT SELECT ON shelf.prices TO {owner};
RESET ROLE;
SET ROLE {owner};
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT sum(price) FROM U&"shelf".U&"prices" $body$;
RESET ROLE;
--> as x
DROP TABLE shelf.prices;
CREATE FUNCTION shelf.go() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
CREATE VIEW shelf.prices AS SELECT shelf.go() AS price;
GRANT SELECT ON shelf.prices TO {owner};
SELECT app.total();
