-- An index of the ledger calls a function of x's, and upkeep runs it as the owner
-- expect: B
-- base: revoked
-- loses: immutability
-- roles: upkeep SUPERUSER
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
SET ROLE {x};
CREATE FUNCTION shelf.key(wanted text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN lower(wanted); END $$;
GRANT USAGE ON SCHEMA shelf TO PUBLIC;
RESET ROLE;
SET ROLE {owner};
CREATE INDEX by_key ON app.ledger (shelf.key(subject));
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.key(wanted text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
  IF pg_trigger_depth() = 0 AND (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN
    UPDATE app.ledger SET status = 'changed';
  END IF;
  RETURN lower(wanted);
END $$;
--> as upkeep
ANALYZE app.ledger;
