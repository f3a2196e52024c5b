-- Every way to change a row, against an unconditional RAISE that is always enabled
-- expect: H
-- base: guarded
-- keeps: immutability writer tamper readback retention
--> setup
GRANT UPDATE, DELETE ON app.ledger TO {app};
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
--> as x
DELETE FROM app.ledger;
--> as x
TRUNCATE app.ledger;
--> as app
INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (1, 'a', 'first', encode(sha256('first'), 'hex')) ON CONFLICT (id) DO UPDATE SET status = 'changed';
--> as app
MERGE INTO app.ledger AS l USING (VALUES (1)) AS v (id) ON l.id = v.id WHEN MATCHED THEN UPDATE SET status = 'changed';
