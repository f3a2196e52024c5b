SELECT t.oid::int8 AS oid, n.oid::int8 AS schema_oid, n.nspname AS schema, t.typname AS name,
       t.typowner::int8 AS owner, t.typtype::text AS kind, t.typbasetype::int8 AS base,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base_name,
       (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder)
          FROM pg_enum AS e WHERE e.enumtypid = t.oid) AS labels,
       t.xmin::text AS xmin
  FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
 WHERE t.typtype IN ('e', 'd', 'c', 'b', 'r', 'm') AND t.typcategory <> 'A' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT EXISTS (SELECT FROM pg_class AS c
                    WHERE c.oid = t.typrelid AND c.relkind <> 'c')
 ORDER BY t.oid
