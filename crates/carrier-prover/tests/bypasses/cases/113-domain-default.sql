-- A function of the owner's leaves a column to its domain's default, a function of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.zero() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 0; END';
RESET ROLE;
SET ROLE {owner};
CREATE DOMAIN app.kind AS int DEFAULT shelf.zero();
CREATE TABLE app.notes (line text, k app.kind);
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ BEGIN INSERT INTO app.notes (line) VALUES ('a'); END $body$;
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.zero() RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN 0; END $$;
SELECT app.note();
