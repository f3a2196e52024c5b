-- A governed writer touches a table whose owner makes a trigger, after the proof
-- expect: B
-- base: guarded
-- loses: writer=unproven
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
SET ROLE {x};
CREATE TABLE evil.inbox (id int);
GRANT USAGE ON SCHEMA evil TO {app};
GRANT INSERT ON evil.inbox TO {app};
RESET ROLE;
--> as x
CREATE FUNCTION evil.go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (9, 'z', 'forged', encode(sha256('forged'), 'hex')); RETURN NEW; END $$;
CREATE TRIGGER go BEFORE INSERT ON evil.inbox FOR EACH ROW EXECUTE FUNCTION evil.go();
--> as app
INSERT INTO evil.inbox VALUES (1);
