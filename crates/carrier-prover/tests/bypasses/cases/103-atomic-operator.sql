-- A bound body has an operator of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.plus(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1 + $2; END';
CREATE OPERATOR shelf.<+> (FUNCTION = shelf.plus, LEFTARG = int, RIGHTARG = int);
RESET ROLE;
SET ROLE {owner};
CREATE FUNCTION app.total() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC SELECT 1 OPERATOR(shelf.<+>) 2; END;
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.plus(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN $1 + $2; END $$;
SELECT app.total();
