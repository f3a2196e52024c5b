-- A trigger function of the owner's is put on a table of x's
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.inbox (id int);
CREATE FUNCTION app.apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN UPDATE app.ledger SET status = 'changed' WHERE id = NEW.id; RETURN NEW; END $$;
CREATE TRIGGER apply AFTER INSERT ON app.inbox FOR EACH ROW EXECUTE FUNCTION app.apply();
RESET ROLE;
--> as x
CREATE TEMPORARY TABLE t (id int);
CREATE TRIGGER apply AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION app.apply();
INSERT INTO t VALUES (1);
