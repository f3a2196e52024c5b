-- A bound body reads a view of the owner's, and that one a view of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
SET ROLE {x};
CREATE VIEW shelf.prices AS SELECT 1 AS price;
GRANT USAGE ON SCHEMA shelf TO {owner};
GRANT SELECT ON shelf.prices TO {owner};
RESET ROLE;
SET ROLE {owner};
CREATE VIEW app.prices AS SELECT price FROM shelf.prices;
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT sum(price) FROM app.prices; END;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.go() RETURNS int LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed'' RETURNING id';
CREATE OR REPLACE VIEW shelf.prices AS SELECT shelf.go() AS price;
SELECT app.total();
