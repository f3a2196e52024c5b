-- A function of the owner's calls an aggregate of the owner's, whose step is a function of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.step(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1 + $2; END';
RESET ROLE;
SET ROLE {owner};
CREATE AGGREGATE app.gather(int) (SFUNC = shelf.step, STYPE = int, INITCOND = '0');
CREATE FUNCTION app.total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT app.gather(id) FROM app.ledger $body$;
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.step(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN $1 + $2; END $$;
SELECT app.total();
