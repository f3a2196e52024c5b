-- A table that a crash empties
-- expect: -
-- base: guarded
-- loses: retention
--> setup
ALTER TABLE app.ledger SET UNLOGGED;
