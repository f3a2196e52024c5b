-- A function of the owner's gives a text of its caller's to a built-in function that runs it
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
GRANT CREATE ON DATABASE {database} TO {x};
SET ROLE {owner};
CREATE FUNCTION app.words(wanted text) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT count(*) FROM ts_stat(wanted)';
RESET ROLE;
--> as x
CREATE SCHEMA made;
CREATE FUNCTION made.go() RETURNS tsvector LANGUAGE plpgsql
AS $$ BEGIN UPDATE app.ledger SET status = 'changed'; RETURN ''; END $$;
GRANT USAGE ON SCHEMA made TO {owner};
SELECT app.words('SELECT made.go()');
