-- Only row triggers: TRUNCATE fires none of them
-- expect: B
-- base: guarded
-- loses: immutability=refuted
-- codes: NO_GUARD_TRUNCATE
--> setup
DROP TRIGGER g_all ON app.ledger;
--> as x
TRUNCATE app.ledger;
