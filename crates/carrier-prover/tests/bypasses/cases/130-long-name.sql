-- A function of the owner's names a table of x's with more letters than the server keeps
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA shelf AUTHORIZATION {x};
GRANT USAGE ON SCHEMA shelf TO {owner};
SET ROLE {owner};
CREATE TABLE app.ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp (price int);
RESET ROLE;
ALTER TABLE app.ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp OWNER TO {x};
GRANT SELECT ON app.ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp TO {owner};
SET ROLE {owner};
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT sum(price) FROM app.pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp $body$;
RESET ROLE;
--> as x
CREATE FUNCTION shelf.go() RETURNS boolean LANGUAGE plpgsql
AS $$ BEGIN UPDATE app.ledger SET status = 'changed'; RETURN true; END $$;
INSERT INTO app.ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp VALUES (1);
ALTER TABLE app.ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON app.ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp USING (shelf.go());
SELECT app.total();
