-- A function of the owner's reads a view of the owner's, which calls a function of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
SET ROLE {x};
CREATE FUNCTION shelf.price() RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT USAGE ON SCHEMA shelf TO {owner};
RESET ROLE;
SET ROLE {owner};
CREATE VIEW app.prices AS SELECT shelf.price() AS price;
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp
AS 'SELECT sum(price) FROM prices';
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.price() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
SELECT app.total();
