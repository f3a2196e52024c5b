-- A function of the owner's fills a column whose type is of x's, who makes a cast to it
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA made AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA made TO PUBLIC;
SET ROLE {owner};
CREATE TYPE made.kind AS ENUM ('a');
CREATE TABLE app.notes (number int, of made.kind);
CREATE FUNCTION app.note(given int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$ DECLARE found notes; BEGIN found.of := given; END $$;
RESET ROLE;
ALTER TYPE made.kind OWNER TO {x};
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
--> as x
CREATE FUNCTION shelf.go(given int) RETURNS made.kind LANGUAGE plpgsql
AS $$ BEGIN UPDATE app.ledger SET status = 'changed'; RETURN 'a'; END $$;
CREATE CAST (int AS made.kind) WITH FUNCTION shelf.go(int) AS ASSIGNMENT;
SELECT app.note(1);
