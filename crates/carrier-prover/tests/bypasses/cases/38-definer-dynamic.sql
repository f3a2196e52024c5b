-- A function of the owner's that runs a text
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE FUNCTION app.set_status(relation text, wanted text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN EXECUTE format('UPDATE app.%I SET status = %L', relation, wanted); END $$;
RESET ROLE;
--> as x
SELECT app.set_status('ledger', 'changed');
