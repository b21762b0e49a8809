-- The complaints received in the newest 90 days (China), with what the rules of the routing ask for: one row
-- for each matter.
select extract(year from c.received_month) as year, c.ref, c.team, m.type, c.subject, c.class, c.region,
  c.company, c.brand, c.channel, c.language, c.severity, cast(c.received_at + interval '8' hour as date) as day
from complaints c
join matters m on m.ref = c.ref
where cast(c.received_at + interval '8' hour as date) > (select day from last_entry) - interval '90' day
