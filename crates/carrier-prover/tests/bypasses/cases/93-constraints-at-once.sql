-- A function of the owner's has deferred triggers run at once, those of its caller too
-- expect: 15=B 16=B 17=B 18=H
-- base: revoked
-- loses: immutability
--> setup
CREATE SCHEMA made AUTHORIZATION {x};
GRANT USAGE ON SCHEMA made TO {owner};
SET ROLE {owner};
CREATE FUNCTION app.settle() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN SET CONSTRAINTS ALL IMMEDIATE; END $$;
RESET ROLE;
--> as x
CREATE TABLE made.bait (id int);
CREATE FUNCTION made.go() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE app.ledger SET status = ''changed''; RETURN NULL; END';
CREATE CONSTRAINT TRIGGER go AFTER INSERT ON made.bait DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION made.go();
BEGIN;
INSERT INTO made.bait VALUES (1);
SELECT app.settle();
COMMIT;
