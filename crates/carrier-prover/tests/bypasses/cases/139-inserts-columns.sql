-- A function of the owner's writes columns of a table where x makes objects
-- expect: H
-- base: revoked
-- keeps: immutability
--> setup
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
SET ROLE {owner};
CREATE TABLE public.log (a int);
CREATE FUNCTION app.note() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ BEGIN INSERT INTO public.log (a) VALUES (1); END $body$;
RESET ROLE;
--> as x
SELECT shelf.nothing();
