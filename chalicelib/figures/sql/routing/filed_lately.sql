-- The complaints received in the newest 90 days (China) of the export, with what the rules of the routing ask
-- for: one row for each matter.
select c.ref, c.team, m.type, c.subject, c.class, c.region, c.company, c.brand, c.channel, c.language,
  c.severity, q.newest
from complaints c
join matters m on m.ref = c.ref
cross join (select max(local_day) as newest from moves) q
where cast(c.received_at + interval '8' hour as date) > q.newest - interval '90' day
order by c.ref, m.type
