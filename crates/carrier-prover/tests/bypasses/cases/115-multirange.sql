-- A function of the owner's casts to a multirange of x's, who makes a cast from it
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
CREATE SCHEMA made AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA made TO PUBLIC;
GRANT CREATE ON SCHEMA made TO {x};
SET ROLE {x};
CREATE TYPE made.span AS RANGE (SUBTYPE = int, MULTIRANGE_TYPE_NAME = made.spans);
RESET ROLE;
REVOKE CREATE ON SCHEMA made FROM {x};
SET ROLE {owner};
CREATE FUNCTION app.note(given text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT given::made.spans::text $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.go(made.spans) RETURNS text LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN ''; END $$;
CREATE CAST (made.spans AS text) WITH FUNCTION shelf.go(made.spans);
SELECT app.note('{}');
