-- A function of the owner's reads a table of the owner's in a schema of x's, who makes a view there
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
GRANT CREATE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE TABLE shelf.prices (price int);
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT sum(price) FROM shelf.prices $body$;
REVOKE CREATE ON SCHEMA shelf FROM {owner};
RESET ROLE;
--> as x
DROP TABLE shelf.prices;
CREATE FUNCTION shelf.go() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
CREATE VIEW shelf.prices AS SELECT shelf.go() AS price;
GRANT SELECT ON shelf.prices TO {owner};
SELECT app.total();
