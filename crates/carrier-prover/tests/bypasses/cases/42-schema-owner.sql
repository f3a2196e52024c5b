-- The owner of the schema drops the table and makes another
-- expect: B
-- base: guarded
-- roles: nspowner
-- loses: writer
--> setup
ALTER SCHEMA app OWNER TO {nspowner};
GRANT USAGE ON SCHEMA app TO {owner};
--> as nspowner
DROP TABLE app.ledger CASCADE;
CREATE TABLE app.ledger (id int, subject text, payload text, checksum text, status text);
INSERT INTO app.ledger VALUES (1, 'a', 'forged', '', 'final');
