-- The complaints of the last eight days (China) in each kind that early signs watch, the newest first.
-- `recorded`: the day on which it was recorded.
select facet, code, ref, cast(since + interval '8' hour as date) as day,
  cast(recorded + interval '8' hour as date) as recorded, channel
from kinds join complaints using (ref)
where code != ''
  and cast(since + interval '8' hour as date) >= (select max(local_day) from moves) - interval '7' day
order by facet, code, since desc, ref desc
