-- An index of the ledger has an operator of x's, and upkeep runs it as the owner
-- expect: B
-- base: revoked
-- loses: immutability
-- roles: upkeep SUPERUSER
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {x};
CREATE FUNCTION shelf.plus(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 + $2; END';
CREATE OPERATOR shelf.<+> (FUNCTION = shelf.plus, LEFTARG = int, RIGHTARG = int);
RESET ROLE;
SET ROLE {owner};
CREATE INDEX by_key ON app.ledger ((id OPERATOR(shelf.<+>) 1));
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION shelf.plus(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF pg_trigger_depth() = 0 AND (SELECT count(*) FROM app.ledger WHERE status = 'changed') = 0 THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN $1 + $2; END $$;
--> as upkeep
ANALYZE app.ledger;
