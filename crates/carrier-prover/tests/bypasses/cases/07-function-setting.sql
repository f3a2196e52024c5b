-- A function of a superuser runs in replica mode
-- expect: B
-- base: guarded
-- loses: immutability=refuted
-- codes: TRIGGER_ORIGIN_ONLY
--> setup
ALTER TABLE app.ledger ENABLE TRIGGER g_row;
ALTER TABLE app.ledger ENABLE TRIGGER g_all;
REVOKE UPDATE, DELETE, TRUNCATE ON app.ledger FROM {x};
CREATE FUNCTION app.fix() RETURNS void LANGUAGE sql SECURITY DEFINER SET session_replication_role = replica
AS 'UPDATE app.ledger SET status = ''changed''';
GRANT EXECUTE ON FUNCTION app.fix() TO {x};
--> as x
SELECT app.fix();
