-- Every object of the schema as text, made only of names and of what the server deparses, so that
-- two databases made by the same migrations give the same lines. Roles of the store are written
-- without the database's name, in braces; what an owner holds by being the owner is left out.
WITH role_name (oid, name) AS (
  SELECT r.oid,
         CASE WHEN starts_with(r.rolname::text, current_database() || '_')
              THEN '{' || substr(r.rolname::text, length(current_database()) + 2) || '}'
              ELSE quote_ident(r.rolname) END
    FROM pg_roles AS r
  UNION ALL SELECT 0::oid, 'PUBLIC'
), here (oid) AS (
  SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = 'holdfast'
), relation (oid, kind, name, owner, acl, line) AS (
  SELECT c.oid, c.relkind, c.relname::text, c.relowner,
         coalesce(c.relacl, acldefault('r', c.relowner)),
         concat_ws(' ', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view'
                          ELSE 'relation ' || c.relkind::text END, quote_ident(c.relname),
                   'owner', o.name, 'persistence', c.relpersistence,
                   CASE WHEN c.relrowsecurity OR c.relforcerowsecurity THEN 'row security' END,
                   CASE WHEN c.relhassubclass OR c.relispartition THEN 'inherited' END)
    FROM pg_class AS c JOIN here ON here.oid = c.relnamespace
    JOIN role_name AS o ON o.oid = c.relowner
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
), line (relation, place, text) AS (
  SELECT r.oid, '0', r.line FROM relation AS r
  UNION ALL
  SELECT a.attrelid, '1 ' || lpad(a.attnum::text, 4, '0'),
         concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                   CASE WHEN a.attcollation <> t.typcollation
                        THEN 'collate ' || quote_ident(l.collname) END,
                   CASE WHEN a.attnotnull THEN 'not null' END,
                   CASE a.attidentity WHEN 'a' THEN 'always an identity'
                                      WHEN 'd' THEN 'by default an identity' END,
                   CASE WHEN d.adbin IS NOT NULL
                        THEN CASE a.attgenerated WHEN '' THEN 'default ' ELSE 'generated ' END
                             || pg_get_expr(d.adbin, d.adrelid) END)
    FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
    JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  -- Not null is said by the columns; from version 18 on it is a constraint as well.
  SELECT k.conrelid, '2 ' || k.conname::text,
         concat_ws(' ', 'constraint', quote_ident(k.conname), pg_get_constraintdef(k.oid))
    FROM relation AS r JOIN pg_constraint AS k ON k.conrelid = r.oid
   WHERE k.contype NOT IN ('n', 't')
  UNION ALL
  SELECT w.ev_class, '3 ' || w.rulename::text,
         concat_ws(' ', 'enabled', w.ev_enabled, pg_get_ruledef(w.oid))
    FROM relation AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid
  UNION ALL
  SELECT p.polrelid, '4 ' || p.polname::text, concat_ws(' ', 'policy', quote_ident(p.polname))
    FROM relation AS r JOIN pg_policy AS p ON p.polrelid = r.oid
  UNION ALL
  SELECT r.oid, '5 ' || g.name || ' ' || x.privilege_type,
         concat_ws(' ', 'grant', x.privilege_type, 'to', g.name,
                   CASE WHEN x.is_grantable THEN 'with grant option' END)
    FROM relation AS r CROSS JOIN aclexplode(r.acl) AS x JOIN role_name AS g ON g.oid = x.grantee
   WHERE x.grantee <> r.owner
  UNION ALL
  SELECT r.oid, '6 ' || g.name || ' ' || x.privilege_type || ' ' || a.attname::text,
         concat_ws(' ', 'grant', x.privilege_type, '(' || quote_ident(a.attname) || ') to', g.name,
                   CASE WHEN x.is_grantable THEN 'with grant option' END)
    FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND NOT a.attisdropped
   CROSS JOIN aclexplode(a.attacl) AS x JOIN role_name AS g ON g.oid = x.grantee
   WHERE x.grantee <> r.owner
), routine (oid, name, text) AS NOT MATERIALIZED (
  SELECT f.oid, f.oid::regprocedure::text,
         concat_ws(E'\n', pg_get_functiondef(f.oid), 'owner ' || o.name,
           (SELECT string_agg(concat_ws(' ', 'grant', x.privilege_type, 'to', g.name,
                     CASE WHEN x.is_grantable THEN 'with grant option' END), E'\n'
                     ORDER BY g.name COLLATE "C", x.privilege_type COLLATE "C")
              FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS x
              JOIN role_name AS g ON g.oid = x.grantee WHERE x.grantee <> f.proowner))
    FROM pg_proc AS f JOIN here ON here.oid = f.pronamespace
    JOIN role_name AS o ON o.oid = f.proowner
   WHERE f.prokind IN ('f', 'p')
)
SELECT CASE r.kind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END AS kind,
       r.name, r.name AS of_table,
       string_agg(l.text, E'\n' ORDER BY l.place COLLATE "C") AS text
  FROM relation AS r JOIN line AS l ON l.relation = r.oid GROUP BY r.oid, r.kind, r.name
UNION ALL
SELECT 'index', i.relname::text, r.name,
       concat_ws(E'\n', pg_get_indexdef(x.indexrelid),
                 CASE WHEN NOT x.indisvalid OR NOT x.indisready THEN 'not valid' END)
  FROM relation AS r JOIN pg_index AS x ON x.indrelid = r.oid
  JOIN pg_class AS i ON i.oid = x.indexrelid
 WHERE NOT EXISTS (SELECT 1 FROM pg_constraint AS k
                    WHERE k.conindid = x.indexrelid AND k.conrelid = r.oid)
UNION ALL
SELECT 'trigger', t.tgname::text, r.name,
       concat_ws(E'\n', pg_get_triggerdef(t.oid), 'enabled ' || t.tgenabled::text,
                 coalesce((SELECT u.text FROM routine AS u WHERE u.oid = t.tgfoid),
                          pg_get_functiondef(t.tgfoid)))
  FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid
 WHERE NOT t.tgisinternal
UNION ALL
SELECT 'function', u.name, 'holdfast', u.text FROM routine AS u
UNION ALL
SELECT 'table', 'holdfast', 'holdfast',
       concat_ws(E'\n', 'schema holdfast owner ' || o.name,
         (SELECT string_agg(concat_ws(' ', 'grant', x.privilege_type, 'to', g.name,
                   CASE WHEN x.is_grantable THEN 'with grant option' END), E'\n'
                   ORDER BY g.name COLLATE "C", x.privilege_type COLLATE "C")
            FROM aclexplode(n.nspacl) AS x JOIN role_name AS g ON g.oid = x.grantee
           WHERE x.grantee <> n.nspowner))
  FROM pg_namespace AS n JOIN role_name AS o ON o.oid = n.nspowner WHERE n.nspname = 'holdfast'
