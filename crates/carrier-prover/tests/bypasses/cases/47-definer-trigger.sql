-- A trigger of the owner's on another table writes this one
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.inbox (id int);
CREATE FUNCTION app.apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN UPDATE app.ledger SET status = 'changed' WHERE id = NEW.id; RETURN NEW; END $$;
CREATE TRIGGER apply AFTER INSERT ON app.inbox FOR EACH ROW EXECUTE FUNCTION app.apply();
GRANT INSERT ON app.inbox TO {x};
RESET ROLE;
--> as x
INSERT INTO app.inbox VALUES (1);
