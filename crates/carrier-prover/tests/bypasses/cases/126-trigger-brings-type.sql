-- A trigger function of the owner's is put on a table of x's, whose column has a cast of its own
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE TABLE app.inbox (id int);
CREATE TABLE app.notes (id int);
CREATE FUNCTION app.log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN INSERT INTO app.notes VALUES (NEW.id); RETURN NEW; END $$;
CREATE TRIGGER log AFTER INSERT ON app.inbox FOR EACH ROW EXECUTE FUNCTION app.log();
RESET ROLE;
--> as x
CREATE TYPE shelf.pair AS ENUM ('1');
CREATE FUNCTION shelf.go(shelf.pair) RETURNS int LANGUAGE plpgsql AS $$ BEGIN UPDATE app.ledger SET status = 'changed'; RETURN 1; END $$;
CREATE CAST (shelf.pair AS int) WITH FUNCTION shelf.go(shelf.pair) AS IMPLICIT;
CREATE TEMPORARY TABLE t (id shelf.pair);
CREATE TRIGGER log AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION app.log();
INSERT INTO t VALUES ('1');
