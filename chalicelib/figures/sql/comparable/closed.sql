-- Combines: decided.
-- The newest sixty closed complaints of each type, with what the company promised in money (fen). A complaint
-- that ended without a decision is left out. `newest`: the last day (China) of the export.
select t.ref, t.team, t.type, t.sub_type, t.class, t.outcome, t.month, t.redress, q.day as newest
from (select *, row_number() over (partition by type order by closed_at desc, ref) as place from decided) t
cross join last_entry q
where t.place <= 60
order by t.type, t.closed_at desc, t.ref
