-- A materialized view of the owner's has an aggregate whose step is a function of x's
-- expect: B
-- base: revoked
-- loses: immutability
-- roles: upkeep SUPERUSER
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.step(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1 + $2; END';
RESET ROLE;
SET ROLE {owner};
CREATE AGGREGATE app.gather(int) (SFUNC = shelf.step, STYPE = int, INITCOND = '0');
CREATE MATERIALIZED VIEW app.m AS SELECT app.gather(id) AS n FROM app.ledger;
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.step(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN $1 + $2; END $$;
--> as upkeep
REFRESH MATERIALIZED VIEW app.m;
