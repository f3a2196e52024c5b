-- An event trigger runs text as the owner whenever somebody defines something
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN EXECUTE coalesce(current_setting('my.text', true), 'SELECT 1'); END $$;
REVOKE ALL ON FUNCTION app.on_ddl() FROM PUBLIC;
RESET ROLE;
CREATE EVENT TRIGGER ddl ON ddl_command_end EXECUTE FUNCTION app.on_ddl();
--> as x
SET my.text = 'UPDATE app.ledger SET status = ''changed''';
CREATE TEMPORARY TABLE t (id int);
