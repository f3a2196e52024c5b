-- A check that is not enforced
-- expect: 18=B
-- base: guarded
-- loses: tamper
--> setup
ALTER TABLE app.ledger DROP CONSTRAINT ledger_binds;
ALTER TABLE app.ledger ADD CONSTRAINT ledger_binds CHECK (checksum = encode(sha256(convert_to(payload, 'UTF8')), 'hex')) NOT ENFORCED;
--> as app
INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (3, 'c', 'forged', 'wrong');
--> changed
SELECT count(*) = 1 FROM app.ledger WHERE checksum = 'wrong'
