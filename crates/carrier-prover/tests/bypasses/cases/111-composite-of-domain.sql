-- A function of the owner's has a variable of a row with a field of x's domain
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA made AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA made TO PUBLIC;
SET ROLE {owner};
CREATE DOMAIN made.kind AS text;
RESET ROLE;
ALTER DOMAIN made.kind OWNER TO {x};
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE TYPE app.pair AS (a made.kind);
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ DECLARE p app.pair; BEGIN p.a := 'noted'; END $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.go(given text) RETURNS boolean LANGUAGE plpgsql
AS $$ BEGIN IF given = 'noted' THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN true; END $$;
ALTER DOMAIN made.kind ADD CONSTRAINT judged CHECK (shelf.go(VALUE));
SELECT app.note();
