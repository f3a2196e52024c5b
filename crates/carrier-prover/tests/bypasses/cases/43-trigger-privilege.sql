-- The right to make triggers: what a governed writer inserts is changed
-- expect: B
-- base: guarded
-- loses: writer
--> setup
CREATE SCHEMA evil AUTHORIZATION {x};
GRANT TRIGGER ON app.ledger TO {x};
--> as x
CREATE FUNCTION evil.forge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.status := ''forged''; RETURN NEW; END';
CREATE TRIGGER forge BEFORE INSERT ON app.ledger FOR EACH ROW EXECUTE FUNCTION evil.forge();
--> as app
INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (3, 'c', 'third', encode(sha256('third'), 'hex'));
--> changed
SELECT status <> 'draft' FROM app.ledger WHERE id = 3
