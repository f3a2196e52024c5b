-- The right to refresh a materialized view that serves as a carrier
-- expect: 17=B 18=B
-- base: schema
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.source (id int, status text);
INSERT INTO app.source VALUES (1, 'draft');
CREATE MATERIALIZED VIEW app.ledger AS SELECT id, status FROM app.source;
GRANT SELECT, UPDATE ON app.source TO {x};
GRANT SELECT, MAINTAIN ON app.ledger TO {x};
RESET ROLE;
--> as x
UPDATE app.source SET status = 'changed';
REFRESH MATERIALIZED VIEW app.ledger;
--> read
SELECT id, status FROM app.ledger ORDER BY 1
