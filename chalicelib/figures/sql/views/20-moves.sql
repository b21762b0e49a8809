-- each entry of each timeline, with its day in China; a day that was exported twice counts once; what waits
-- for a second person has not been done
select distinct t.*, cast(t.taken_at + interval '8' hour as date) as local_day,
  cast(date_trunc('month', t.taken_at + interval '8' hour) as date) as local_month
from moves_kept t
where not t.asked
