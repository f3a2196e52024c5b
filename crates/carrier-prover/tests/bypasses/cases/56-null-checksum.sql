-- A check lets NULL pass where the column admits it
-- expect: B
-- base: guarded
-- loses: tamper
--> setup
ALTER TABLE app.ledger ALTER COLUMN checksum DROP NOT NULL;
--> as app
INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (3, 'c', 'forged', NULL);
--> changed
SELECT count(*) = 1 FROM app.ledger WHERE checksum IS NULL
