-- Who may grant the role of the owner grants it to itself
-- expect: B
-- base: guarded
-- roles: admin
-- loses: writer
--> setup
DO $$ BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE 'GRANT {owner} TO {admin} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
  ELSE
    EXECUTE 'ALTER ROLE {admin} NOINHERIT';
    EXECUTE 'GRANT {owner} TO {admin} WITH ADMIN OPTION';
  END IF;
END $$;
--> as admin
GRANT {owner} TO {admin};
SET ROLE {owner};
ALTER TABLE app.ledger DISABLE TRIGGER USER;
UPDATE app.ledger SET status = 'changed' WHERE id = 1;
