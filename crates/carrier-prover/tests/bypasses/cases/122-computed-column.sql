-- A function of the owner's reads a column that is a function, which runs text of the row
-- expect: B
-- base: revoked
-- loses: immutability
--> setup
SET ROLE {owner};
CREATE TABLE app.jobs (what text);
GRANT INSERT ON app.jobs TO {x};
CREATE FUNCTION app.run(job app.jobs) RETURNS text LANGUAGE plpgsql AS 'BEGIN EXECUTE job.what; RETURN ''''; END';
CREATE FUNCTION app.work() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp
AS $body$ SELECT max(j.run) FROM jobs AS j $body$;
RESET ROLE;
--> as x
INSERT INTO app.jobs VALUES ('UPDATE app.ledger SET status = ''changed''');
SELECT app.work();
