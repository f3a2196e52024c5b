-- A foreign key runs a trigger as the owner, and the trigger's function belongs to x
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA theirs AUTHORIZATION {x};
SET ROLE {x};
CREATE FUNCTION theirs.note() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN OLD; END $$;
GRANT USAGE ON SCHEMA theirs TO {owner};
RESET ROLE;
SET ROLE {owner};
CREATE TABLE app.parent (id int PRIMARY KEY);
INSERT INTO app.parent VALUES (1);
CREATE TABLE app.child (id int REFERENCES app.parent ON DELETE CASCADE);
INSERT INTO app.child VALUES (1);
CREATE TRIGGER note BEFORE DELETE ON app.child FOR EACH ROW EXECUTE FUNCTION theirs.note();
GRANT SELECT, DELETE ON app.parent TO {app};
RESET ROLE;
--> as x
CREATE OR REPLACE FUNCTION theirs.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE app.ledger SET status = 'changed'; RETURN OLD; END $$;
--> as app
DELETE FROM app.parent;
