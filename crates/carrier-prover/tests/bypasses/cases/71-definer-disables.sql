-- A function of the owner's that runs a text, which switches the guard off
-- expect: B
-- base: guarded
-- loses: writer=unproven
--> setup
SET ROLE {owner};
CREATE FUNCTION app.run(wanted text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN EXECUTE wanted; END $$;
RESET ROLE;
--> as x
SELECT app.run('ALTER TABLE app.ledger DISABLE TRIGGER USER');
SELECT app.run('UPDATE app.ledger SET status = ''changed''');
