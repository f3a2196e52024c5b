-- A function of the owner's reads a parent, and x's child has an index with a condition of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE TABLE app.prices (price int);
RESET ROLE;
CREATE TABLE shelf.kid () INHERITS (app.prices);
ALTER TABLE shelf.kid OWNER TO {x};
SET ROLE {owner};
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT sum(price) FROM app.prices $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.really() RETURNS void LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed''';
CREATE FUNCTION shelf.go(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF current_user <> session_user THEN PERFORM shelf.really(); END IF; RETURN true; END $$;
CREATE INDEX ON shelf.kid (price) WHERE shelf.go(1);
SELECT app.total();
