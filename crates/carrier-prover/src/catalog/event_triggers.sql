SELECT e.oid::int8 AS oid, e.evtname AS name, e.evtevent AS event, e.evtowner::int8 AS owner,
       e.evtfoid::int8 AS function, e.evtenabled::text AS enabled, e.evttags AS tags,
       e.xmin::text AS xmin
  FROM pg_event_trigger AS e
 ORDER BY e.oid
