SELECT p.oid::int8 AS oid, p.pubname AS name, p.pubowner::int8 AS owner,
       p.puballtables AS all_tables,
       (SELECT coalesce(jsonb_agg(r.prrelid::int8 ORDER BY r.prrelid), '[]')
          FROM pg_publication_rel AS r WHERE r.prpubid = p.oid) AS relations,
       p.xmin::text AS xmin
  FROM pg_publication AS p
 ORDER BY p.oid
