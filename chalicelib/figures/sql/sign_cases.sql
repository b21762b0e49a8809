-- The complaints of the last eight days (China) in each kind that early signs watch, the newest first.
select facet, code, ref, cast(since + interval '8' hour as date) as day
from kinds
where cast(since + interval '8' hour as date) >= (select max(local_day) from moves) - interval '7' day
order by facet, code, since desc
