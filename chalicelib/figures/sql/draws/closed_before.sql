-- Combines newest: closed_lately.
-- The complaints closed in the quarter (China) before the current one, with the first day of the current one.
-- There are none after the first ten days of a quarter.
select c.ref, q.begun
from closed_lately c
cross join (select day, cast(date_trunc('quarter', day) as date) as begun from last_entry) q
where c.quarter = q.begun - interval '3' month and q.day < q.begun + interval '10' day
order by 1
