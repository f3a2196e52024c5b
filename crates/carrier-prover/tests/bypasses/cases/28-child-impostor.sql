-- A row put into a plain child appears in the parent
-- expect: B
-- base: guarded
-- loses: writer=refuted
--> setup
CREATE TABLE app.child () INHERITS (app.ledger);
INSERT INTO app.child (id, subject, payload, checksum) VALUES (3, 'c', 'third', encode(sha256('third'), 'hex'));
GRANT INSERT ON app.child TO {x};
--> as x
INSERT INTO app.child (id, subject, payload, checksum) VALUES (4, 'd', 'fourth', encode(sha256('fourth'), 'hex'));
