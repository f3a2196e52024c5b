-- A reader that names the table without its schema reads a temporary one
-- expect: B
-- base: guarded
-- consumer: app.read_status
-- loses: readback
--> setup
SET ROLE {owner};
CREATE FUNCTION app.read_status(wanted int) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT status FROM ledger WHERE id = wanted); END $$;
RESET ROLE;
--> as x
CREATE TEMPORARY TABLE ledger AS SELECT id, 'forged'::text AS status FROM app.ledger;
SET search_path = pg_temp, app;
--> changed as x
SELECT app.read_status(1) = 'forged'
