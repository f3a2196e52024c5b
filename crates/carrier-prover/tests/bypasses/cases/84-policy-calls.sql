-- A function of the owner's reads a table with a policy that asks a function of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
SET ROLE {x};
CREATE FUNCTION shelf.is_shown() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$;
GRANT USAGE ON SCHEMA shelf TO PUBLIC;
RESET ROLE;
SET ROLE {owner};
CREATE TABLE app.prices (price int);
INSERT INTO app.prices VALUES (1);
ALTER TABLE app.prices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON app.prices USING (shelf.is_shown());
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp
AS 'SELECT sum(price) FROM prices';
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.is_shown() RETURNS boolean LANGUAGE plpgsql
AS $$ BEGIN UPDATE app.ledger SET status = 'changed'; RETURN true; END $$;
SELECT app.total();
