-- Combines: learning.
-- The entries of all improvement actions, in their order. `verdict`, `expected` and `found` are those of a check.
select ref, n, team, cause, cast(taken_at + interval '8' hour as date) as day, move, verdict, expected, found
from learning
where cause is not null
order by ref, n
