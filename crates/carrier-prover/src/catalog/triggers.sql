SELECT t.oid::int8 AS oid, t.tgname AS name, t.tgrelid::int8 AS relation, t.tgfoid::int8 AS function,
       t.tgtype::int AS type_bits, t.tgenabled::text AS enabled, t.tgisinternal AS internal,
       t.tgconstraint::int8 AS constraint_oid, t.tgdeferrable AS deferrable,
       t.tginitdeferred AS initially_deferred,
       string_to_array(nullif(t.tgattr::text, ''), ' ')::int[] AS columns,
       t.tgqual IS NOT NULL AS conditional, t.tgparentid::int8 AS parent,
       pg_get_triggerdef(t.oid) AS definition, t.xmin::text AS xmin
  FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY t.oid
