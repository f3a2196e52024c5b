-- Rules in the place of triggers, which know no TRUNCATE
-- expect: B
-- base: open
-- loses: immutability=refuted
-- codes: NO_GUARD_TRUNCATE
--> setup
CREATE RULE no_update AS ON UPDATE TO app.ledger DO INSTEAD NOTHING;
CREATE RULE no_delete AS ON DELETE TO app.ledger DO INSTEAD NOTHING;
--> as x
TRUNCATE app.ledger;
