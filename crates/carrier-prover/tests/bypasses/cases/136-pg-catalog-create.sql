-- A function of the owner's calls a built-in function, and x makes a better one beside it
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
GRANT CREATE ON SCHEMA pg_catalog TO {x};
SET ROLE {owner};
CREATE FUNCTION app.note(given varchar) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp
AS $body$ SELECT lower(given) $body$;
RESET ROLE;
--> as x
CREATE FUNCTION pg_catalog.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN ''; END $$;
SELECT app.note('a');
