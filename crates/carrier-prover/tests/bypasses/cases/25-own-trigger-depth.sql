-- The attacker's own trigger, and a guard for the outermost statement only
-- expect: B
-- base: guarded
-- loses: immutability=unproven
-- codes: TRIGGER_CONDITIONAL WHEN_READS_SETTING_OR_IDENTITY
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
DROP TRIGGER g_row ON app.ledger;
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
--> as x
CREATE TABLE evil.door (id int);
CREATE FUNCTION evil.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NEW; END';
CREATE TRIGGER go BEFORE INSERT ON evil.door FOR EACH ROW EXECUTE FUNCTION evil.go();
INSERT INTO evil.door VALUES (1);
