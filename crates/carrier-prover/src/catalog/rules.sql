SELECT w.oid::int8 AS oid, w.rulename AS name, w.ev_class::int8 AS relation, w.ev_type::text AS event,
       w.ev_enabled::text AS enabled, w.is_instead AS instead,
       pg_get_ruledef(w.oid) AS definition, w.xmin::text AS xmin
  FROM pg_rewrite AS w
  JOIN pg_class AS c ON c.oid = w.ev_class
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY w.oid
