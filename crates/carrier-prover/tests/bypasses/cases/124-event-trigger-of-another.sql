-- An event trigger's function is of x's, and a superuser defines something
-- expect: B
-- base: revoked
-- loses: immutability
-- roles: upkeep SUPERUSER
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
RESET ROLE;
CREATE EVENT TRIGGER ddl ON ddl_command_end EXECUTE FUNCTION shelf.on_ddl();
SET ROLE {owner};
CREATE MATERIALIZED VIEW app.m AS SELECT count(*) FROM app.ledger;
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF current_user <> session_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN UPDATE app.ledger SET status = 'changed'; END IF; END $$;
--> as upkeep
REFRESH MATERIALIZED VIEW app.m;
