-- A view of the owner's that can be written
-- expect: B
-- base: revoked
-- loses: immutability=refuted
--> setup
SET ROLE {owner};
CREATE VIEW app.ledger_view AS SELECT * FROM app.ledger;
GRANT SELECT, UPDATE ON app.ledger_view TO {x};
RESET ROLE;
--> as x
UPDATE app.ledger_view SET status = 'changed';
