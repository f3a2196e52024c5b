SELECT i.inhrelid::int8 AS child, i.inhparent::int8 AS parent, i.xmin::text AS xmin
  FROM pg_inherits AS i
  JOIN pg_class AS c ON c.oid = i.inhrelid
 WHERE c.relkind IN ('r', 'p', 'f')
 ORDER BY i.inhrelid, i.inhparent
