-- A function of the owner's calls one of the session's temporary ones
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN PERFORM pg_temp.go(); END $$;
RESET ROLE;
--> as x
CREATE FUNCTION pg_temp.go() RETURNS void LANGUAGE sql AS 'UPDATE app.ledger SET status = ''changed''';
SELECT app.note();
