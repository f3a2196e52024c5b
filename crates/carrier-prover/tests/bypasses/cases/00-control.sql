-- Every way to change a row, against an unconditional RAISE that is always enabled
-- expect: H
-- base: guarded
-- keeps: immutability
--> setup
GRANT INSERT ON app.ledger TO {x};
--> as x
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
--> as x
DELETE FROM app.ledger;
--> as x
TRUNCATE app.ledger;
--> as x
INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (1, 'a', 'first', '') ON CONFLICT (id) DO UPDATE SET status = 'changed';
--> as x
MERGE INTO app.ledger AS l USING (VALUES (1)) AS v (id) ON l.id = v.id WHEN MATCHED THEN UPDATE SET status = 'changed';
