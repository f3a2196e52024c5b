-- Raw catalog columns, which no deparser has to run for: they are compared only with the same
-- database's own. `oid` columns are stable in it for as long as the objects are.
WITH relation AS MATERIALIZED (
  SELECT c.oid, c.relkind,
         pg_catalog.concat_ws('|', c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity,
                              c.relowner, c.relacl, c.relhasrules) AS text
    FROM pg_catalog.pg_class AS c
   WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n
                            WHERE n.nspname = 'holdfast')
), base AS MATERIALIZED (
  SELECT oid FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
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
  SELECT pg_catalog.concat_ws('|', 'trigger', t.tgrelid, t.tgname, t.tgenabled, t.tgtype, t.tgfoid,
                              t.tgattr, t.tgqual)
    FROM base JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'rule', w.ev_class, w.rulename, w.ev_enabled, w.ev_action)
    FROM base JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'inherits', i.inhparent, i.inhrelid)
    FROM base JOIN pg_catalog.pg_inherits AS i ON i.inhparent = base.oid
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'function', p.oid, p.proname, p.proowner, p.proacl, p.prolang,
                              p.prosecdef, p.proconfig, p.prosrc, p.prosqlbody)
    FROM pg_catalog.pg_proc AS p
   WHERE p.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n
                            WHERE n.nspname = 'holdfast')
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'role', r.oid, r.rolname, r.rolsuper, r.rolcreaterole,
                              r.rolcanlogin, r.rolbypassrls)
    FROM pg_catalog.pg_roles AS r
   WHERE pg_catalog.starts_with(r.rolname::text, pg_catalog.current_database() || '_')
  UNION ALL
  SELECT pg_catalog.concat_ws('|', 'member', m.roleid, m.member, m.admin_option)
    FROM pg_catalog.pg_auth_members AS m
    JOIN pg_catalog.pg_roles AS r ON r.oid IN (m.roleid, m.member)
   WHERE pg_catalog.starts_with(r.rolname::text, pg_catalog.current_database() || '_')
)
SELECT pg_catalog.sha256(pg_catalog.convert_to(
         pg_catalog.string_agg(text, E'\n' ORDER BY text COLLATE "C"), 'UTF8'))
  FROM line
