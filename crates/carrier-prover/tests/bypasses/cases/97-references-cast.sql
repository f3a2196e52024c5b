-- Whoever may refer to the ledger does so from a column of a type with a cast of its own
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA made AUTHORIZATION {x};
GRANT REFERENCES ON app.ledger TO {x};
--> as x
CREATE TYPE made.pair AS ENUM ('1');
CREATE FUNCTION made.go(made.pair) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF current_user <> session_user THEN UPDATE app.ledger SET status = 'changed' WHERE id = 2; END IF; RETURN 1; END $$;
CREATE CAST (made.pair AS int) WITH FUNCTION made.go(made.pair) AS IMPLICIT;
CREATE TABLE made.ref (p made.pair REFERENCES app.ledger (id));
INSERT INTO made.ref VALUES ('1');
