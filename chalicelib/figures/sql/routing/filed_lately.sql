-- Combines newest: filed.
-- The complaints received in the newest 90 days (China) of the export, with what the rules of the routing ask
-- for: one row for each matter.
select f.ref, f.team, f.type, f.subject, f.class, f.region, f.company, f.brand, f.channel, f.language,
  f.severity, q.day as newest
from filed f
cross join last_entry q
where f.day > q.day - interval '90' day
order by f.ref, f.type
