-- Raw catalog columns, which no deparser has to run for: they are compared only with the same
-- database's own. `oid` columns are stable in it for as long as the objects are.
--
-- Everything that a proof of the carriers rests on, and every row through which somebody new could
-- become a writer. Of the cluster's roles only those that could: a store's own, superusers, whoever
-- makes roles or is above row security, and members of any of them; another role's coming and going
-- is no news.
WITH RECURSIVE here (oid) AS (
  SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'holdfast'
), relation AS MATERIALIZED (
  SELECT c.oid, c.relkind,
         pg_catalog.concat_ws('|', c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity,
                              c.relforcerowsecurity, c.relowner, c.relacl, c.relhasrules) AS text
    FROM pg_catalog.pg_class AS c JOIN here ON here.oid = c.relnamespace
), base AS MATERIALIZED (
  SELECT oid FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
), powerful (oid) AS (
  SELECT r.oid FROM pg_catalog.pg_roles AS r
   WHERE r.rolsuper OR r.rolcreaterole OR r.rolbypassrls OR r.rolreplication
      OR pg_catalog.starts_with(r.rolname::text, pg_catalog.current_database() || '_')
      -- What they may do stands in no catalog row.
      OR r.rolname IN ('pg_write_all_data', 'pg_maintain', 'pg_execute_server_program',
                       'pg_write_server_files', 'pg_create_subscription', 'pg_database_owner')
  UNION
  SELECT d.datdba FROM pg_catalog.pg_database AS d
   WHERE d.datname = pg_catalog.current_database()
  UNION
  SELECT m.member FROM powerful AS p JOIN pg_catalog.pg_auth_members AS m ON m.roleid = p.oid
), line (text) AS (
  SELECT pg_catalog.concat_ws('|', 'schema', n.nspowner, n.nspacl)
    FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'holdfast'
  UNION ALL
  SELECT text FROM relation
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'column', a.attrelid, a.attnum, a.attname, a.atttypid,
                              a.attnotnull, a.attidentity, a.attgenerated, a.attacl)
    FROM base JOIN pg_catalog.pg_attribute AS a ON a.attrelid = base.oid AND a.attnum > 0
   WHERE NOT a.attisdropped
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'default', d.adrelid, d.adnum, d.adbin)
    FROM base JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'constraint', c.conrelid, c.conname, c.contype, c.convalidated,
                              c.condeferrable, c.conkey, c.confrelid, c.confkey, c.confdeltype,
                              c.confupdtype, c.conbin)
    FROM base JOIN pg_catalog.pg_constraint AS c ON c.conrelid = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'index', i.indexrelid, i.indisunique, i.indisvalid,
                              i.indimmediate, i.indkey, i.indexprs, i.indpred)
    FROM base JOIN pg_catalog.pg_index AS i ON i.indrelid = base.oid
  UNION ALL
  -- With them the triggers by which a table elsewhere refers to this one.
  SELECT pg_catalog.concat_ws('|', 'trigger', t.tgrelid, t.tgname, t.tgenabled, t.tgtype, t.tgfoid,
                              t.tgattr, t.tgqual)
    FROM base JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'rule', w.ev_class, w.rulename, w.ev_enabled, w.ev_action)
    FROM base JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = base.oid
  UNION ALL
  -- A view or a rule elsewhere may be a way in, and who may take it stands on its relation.
  SELECT DISTINCT pg_catalog.concat_ws('|', 'way in', w.ev_class, w.rulename, w.ev_enabled,
                                       w.ev_type, w.is_instead, c.relowner, c.relacl, c.reloptions)
    FROM base JOIN pg_catalog.pg_depend AS d
      ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = base.oid
     AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
    JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'policy', p.polrelid, p.polname, p.polcmd, p.polpermissive,
                              p.polroles, p.polqual, p.polwithcheck)
    FROM base JOIN pg_catalog.pg_policy AS p ON p.polrelid = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'inherits', i.inhparent, i.inhrelid)
    FROM base JOIN pg_catalog.pg_inherits AS i ON base.oid IN (i.inhparent, i.inhrelid)
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'type', t.oid, t.typname, t.typowner, t.typbasetype)
    FROM pg_catalog.pg_type AS t JOIN here ON here.oid = t.typnamespace
   WHERE t.typtype <> 'c' AND t.typcategory <> 'A'
  UNION ALL
  -- A body that runs as somebody powerful may write whatever that one may, wherever it lies.
  SELECT pg_catalog.concat_ws('|', 'function', p.oid, p.proname, p.pronamespace, p.proowner,
                              p.proacl, p.prolang, p.prosecdef, p.proconfig, p.prosrc, p.prosqlbody)
    FROM pg_catalog.pg_proc AS p
   WHERE p.pronamespace = (SELECT here.oid FROM here)
      OR p.prosecdef AND p.proowner IN (SELECT powerful.oid FROM powerful)
      OR p.oid IN (SELECT e.evtfoid FROM pg_catalog.pg_event_trigger AS e)
      OR p.oid IN (SELECT t.tgfoid FROM base
                     JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = base.oid
                    WHERE NOT t.tgisinternal)
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'role', r.oid, r.rolname, r.rolsuper, r.rolinherit,
                              r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
                              r.rolbypassrls)
    FROM powerful JOIN pg_catalog.pg_roles AS r ON r.oid = powerful.oid
  UNION ALL
  -- The row as it is: later versions say more of a membership than earlier ones. Who may act as
  -- somebody powerful, and whom the store's own roles may act as.
  SELECT pg_catalog.concat_ws('|', 'member', m::text)
    FROM pg_catalog.pg_auth_members AS m
    JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
   WHERE m.roleid IN (SELECT powerful.oid FROM powerful)
      OR pg_catalog.starts_with(r.rolname::text, pg_catalog.current_database() || '_')
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'database', d.datdba, d.datacl)
    FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
  UNION ALL
  -- Of everybody, of this database, and of whoever is powerful.
  SELECT pg_catalog.concat_ws('|', 'setting', s.setdatabase, s.setrole, s.setconfig)
    FROM pg_catalog.pg_db_role_setting AS s
   WHERE s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d
                           WHERE d.datname = pg_catalog.current_database())
      OR s.setdatabase = 0
         AND (s.setrole = 0 OR s.setrole IN (SELECT powerful.oid FROM powerful))
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'parameter', p.parname, p.paracl)
    FROM pg_catalog.pg_parameter_acl AS p
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'session', pg_catalog.current_setting('session_replication_role'))
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'publication', p.oid, p.pubname, p.pubowner, p.puballtables)
    FROM pg_catalog.pg_publication AS p
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'published', r.prpubid, r.prrelid)
    FROM base JOIN pg_catalog.pg_publication_rel AS r ON r.prrelid = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'published', n.pnpubid, n.pnnspid)
    FROM pg_catalog.pg_publication_namespace AS n JOIN here ON here.oid = n.pnnspid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'subscription', s.oid, s.subname, s.subowner, s.subenabled)
    FROM pg_catalog.pg_subscription AS s
   WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d
                       WHERE d.datname = pg_catalog.current_database())
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'subscribed', r.srsubid, r.srrelid)
    FROM base JOIN pg_catalog.pg_subscription_rel AS r ON r.srrelid = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'event trigger', e.evtname, e.evtevent, e.evtowner, e.evtfoid,
                              e.evtenabled, e.evttags)
    FROM pg_catalog.pg_event_trigger AS e
)
SELECT pg_catalog.sha256(pg_catalog.convert_to(
         pg_catalog.string_agg(text, E'\n' ORDER BY text COLLATE "C"), 'UTF8'))
  FROM line
