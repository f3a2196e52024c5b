-- Append-only by policies, which TRUNCATE does not ask
-- expect: B
-- base: open
-- loses: immutability=refuted
-- codes: NO_GUARD_TRUNCATE
--> setup
ALTER TABLE app.ledger ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON app.ledger FOR SELECT USING (true);
CREATE POLICY appendable ON app.ledger FOR INSERT WITH CHECK (true);
--> as x
TRUNCATE app.ledger;
