-- A function of the owner's has a variable of a domain that asks a function of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.ok(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
RESET ROLE;
SET ROLE {owner};
CREATE DOMAIN app.kind AS text CHECK (shelf.ok(VALUE));
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ DECLARE k app.kind; BEGIN k := 'noted'; END $body$;
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.ok(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN true; END $$;
SELECT app.note();
