-- A partition emptied directly: statement triggers are not cloned
-- expect: B
-- base: schema
-- loses: immutability=refuted
-- codes: TRUNCATE_NOT_CLONED NO_GUARD_TRUNCATE
--> setup
SET ROLE {owner};
CREATE TABLE app.ledger (id int NOT NULL, subject text NOT NULL, payload text NOT NULL, checksum text NOT NULL,
  status text NOT NULL DEFAULT 'draft', CHECK (checksum = encode(sha256(convert_to(payload, 'UTF8')), 'hex'))) PARTITION BY RANGE (id);
CREATE TABLE app.ledger_1 PARTITION OF app.ledger FOR VALUES FROM (0) TO (100);
INSERT INTO app.ledger (id, subject, payload, checksum) VALUES (1, 'a', 'first', encode(sha256('first'), 'hex'));
GRANT SELECT ON app.ledger, app.ledger_1 TO {x}, {app}, {reader};
GRANT INSERT ON app.ledger TO {app};
CREATE TRIGGER g_row BEFORE UPDATE OR DELETE ON app.ledger FOR EACH ROW EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_row;
ALTER TABLE app.ledger_1 ENABLE ALWAYS TRIGGER g_row;
CREATE TRIGGER g_all BEFORE TRUNCATE ON app.ledger FOR EACH STATEMENT EXECUTE FUNCTION app.deny();
ALTER TABLE app.ledger ENABLE ALWAYS TRIGGER g_all;
GRANT UPDATE, DELETE, TRUNCATE ON app.ledger, app.ledger_1 TO {x};
RESET ROLE;
--> as x
TRUNCATE app.ledger_1;
