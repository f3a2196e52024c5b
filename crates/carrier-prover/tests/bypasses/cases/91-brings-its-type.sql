-- A function of the owner's takes a value of any type, and its caller brings one with a cast
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA made AUTHORIZATION {x};
GRANT USAGE ON SCHEMA made TO {owner};
SET ROLE {owner};
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.note(given anyelement) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$ BEGIN INSERT INTO notes VALUES (given::text); END $$;
RESET ROLE;
--> as x
CREATE TYPE made.pair AS (a int);
CREATE FUNCTION made.go(made.pair) RETURNS text LANGUAGE plpgsql
AS $$ BEGIN UPDATE app.ledger SET status = 'changed'; RETURN ''; END $$;
CREATE CAST (made.pair AS text) WITH FUNCTION made.go(made.pair);
SELECT app.note(ROW(1)::made.pair);
