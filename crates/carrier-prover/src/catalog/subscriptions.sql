SELECT s.oid::int8 AS oid, s.subname AS name, s.subowner::int8 AS owner, s.subenabled AS enabled,
       (SELECT coalesce(jsonb_agg(r.srrelid::int8 ORDER BY r.srrelid), '[]')
          FROM pg_subscription_rel AS r WHERE r.srsubid = s.oid) AS relations
  FROM pg_subscription AS s
 WHERE s.subdbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
 ORDER BY s.oid
