-- The complaints of the last eight days (China) in each kind that early signs watch.
select extract(year from k.since) as year, k.facet, k.code, k.ref, k.since, k.recorded, c.channel
from kinds k join complaints c on c.ref = k.ref
where k.code != ''
  and cast(k.since + interval '8' hour as date) >= (select day from last_entry) - interval '7' day
