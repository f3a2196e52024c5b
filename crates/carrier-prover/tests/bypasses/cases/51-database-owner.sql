-- The owner of the database drops a table of the schema public and makes another
-- expect: B
-- base: schema
-- roles: dbo
-- loses: writer
-- relation: public.ledger
--> setup
ALTER DATABASE {database} OWNER TO {dbo};
CREATE TABLE public.ledger (id int NOT NULL, subject text NOT NULL, payload text NOT NULL, checksum text NOT NULL, status text NOT NULL);
INSERT INTO public.ledger VALUES (1, 'a', 'first', '', 'draft');
ALTER TABLE public.ledger OWNER TO {owner};
--> as dbo
DROP TABLE public.ledger;
CREATE TABLE public.ledger (id int, subject text, payload text, checksum text, status text);
INSERT INTO public.ledger VALUES (1, 'a', 'forged', '', 'final');
--> read
SELECT id, payload, status FROM public.ledger ORDER BY 1
--> teardown
ALTER DATABASE {database} OWNER TO CURRENT_USER;
