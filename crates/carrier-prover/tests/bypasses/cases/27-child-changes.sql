-- Rows of a plain child, read through the parent, whose triggers do not fire
-- expect: B
-- base: guarded
-- loses: immutability=refuted
-- codes: PLAIN_INHERITANCE_CHILD
--> setup
CREATE TABLE app.child () INHERITS (app.ledger);
INSERT INTO app.child (id, subject, payload, checksum) VALUES (3, 'c', 'third', encode(sha256('third'), 'hex'));
ALTER TABLE app.child OWNER TO {x};
--> as x
UPDATE app.child SET status = 'changed';
