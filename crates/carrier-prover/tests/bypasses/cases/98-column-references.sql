-- Whoever may refer to one column of another table of the owner's does so with a cast of its own
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA made AUTHORIZATION {x};
SET ROLE {owner};
CREATE TABLE app.other (id int PRIMARY KEY);
INSERT INTO app.other VALUES (1);
GRANT REFERENCES (id) ON app.other TO {x};
RESET ROLE;
--> as x
CREATE TYPE made.pair AS ENUM ('1');
CREATE FUNCTION made.go(made.pair) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF current_user <> session_user THEN UPDATE app.ledger SET status = 'changed'; END IF; RETURN 1; END $$;
CREATE CAST (made.pair AS int) WITH FUNCTION made.go(made.pair) AS IMPLICIT;
CREATE TABLE made.ref (p made.pair REFERENCES app.other (id));
INSERT INTO made.ref VALUES ('1');
