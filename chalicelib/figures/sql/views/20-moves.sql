-- Each entry of each timeline, with its day and month in China. An entry that was exported twice counts once.
-- A request for approval is left out, because it does not carry out the requested move.
select distinct t.*, cast(t.taken_at + interval '8' hour as date) as local_day,
  cast(date_trunc('month', t.taken_at + interval '8' hour) as date) as local_month
from moves_kept t
where not t.asked
