-- Combines newest: recent_kinds.
-- The complaints of the last eight days (China) in each kind that early signs watch, the newest first.
-- `recorded`: the day on which it was recorded.
select facet, code, ref, cast(since + interval '8' hour as date) as day,
  cast(recorded + interval '8' hour as date) as recorded, channel
from recent_kinds
where cast(since + interval '8' hour as date) >= (select day from last_entry) - interval '7' day
order by facet, code, since desc, ref desc
