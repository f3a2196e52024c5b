-- A word of an enumeration is renamed by the owner of the type
-- expect: B
-- base: guarded
-- roles: typeowner
-- loses: writer
--> setup
GRANT USAGE, CREATE ON SCHEMA app TO {typeowner};
SET ROLE {typeowner};
CREATE TYPE app.verdict AS ENUM ('safe', 'unsafe');
RESET ROLE;
ALTER TABLE app.ledger ADD COLUMN verdict app.verdict NOT NULL DEFAULT 'safe';
--> as typeowner
ALTER TYPE app.verdict RENAME VALUE 'safe' TO 'unchecked';
--> read
SELECT id, verdict FROM app.ledger ORDER BY 1
