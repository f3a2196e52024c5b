-- A function of the owner's reads a view of the owner's; its rows and variables are nobody's schemas
-- expect: H
-- base: revoked
-- keeps: immutability
--> setup
GRANT CREATE ON DATABASE {database} TO {x};
SET ROLE {owner};
CREATE FUNCTION app.key(wanted text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN lower(wanted); END $$;
CREATE INDEX by_key ON app.ledger (app.key(subject));
CREATE VIEW app.keys AS SELECT l.id, app.key(l.subject) AS key FROM app.ledger AS l;
CREATE TABLE app.counts (id int PRIMARY KEY, times int NOT NULL);
CREATE FUNCTION app.count_key(asked app.keys) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$ <<outermost>> DECLARE found record; chosen text; BEGIN
  SELECT k.key, k.id INTO found FROM keys AS k WHERE k.id = asked.id AND k.key = (count_key.asked).key;
  outermost.chosen := found.key;
  INSERT INTO counts AS c (id, times) VALUES (found.id, 1) ON CONFLICT (id) DO UPDATE SET times = c.times + excluded.times;
  RETURN chosen;
END $$;
CREATE FUNCTION app.count_anew() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp
AS $$ BEGIN
  MERGE INTO counts AS c USING keys AS k ON c.id = k.id WHEN MATCHED THEN UPDATE SET times = c.times + 1;
END $$;
RESET ROLE;
--> as x
SELECT app.count_anew();
CREATE OR REPLACE VIEW app.keys AS SELECT 1 AS id, 'a' AS key;
