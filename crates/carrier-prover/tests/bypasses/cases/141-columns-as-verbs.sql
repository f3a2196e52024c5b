-- A function of the owner's reads columns that are called as statements are
-- expect: H
-- base: revoked
-- keeps: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.flags (id int, copy boolean, refresh boolean);
CREATE FUNCTION app.note() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ BEGIN RETURN (SELECT f.refresh AND f.copy FROM app.flags AS f LIMIT 1); END $body$;
RESET ROLE;
--> as x
SELECT shelf.nothing();
