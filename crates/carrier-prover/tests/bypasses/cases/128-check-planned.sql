-- A function of the owner's reads a table with a check that the planner asks of a function of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.ok(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
RESET ROLE;
SET ROLE {owner};
CREATE TABLE app.prices (price int, CHECK (price > 0 OR shelf.ok(1)));
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT sum(price) FROM app.prices WHERE price > 1 $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.really() RETURNS void LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed''';
CREATE OR REPLACE FUNCTION shelf.ok(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF current_user <> session_user THEN PERFORM shelf.really(); END IF; RETURN true; END $$;
SET constraint_exclusion = on;
SELECT app.total();
