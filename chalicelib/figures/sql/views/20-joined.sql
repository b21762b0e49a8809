-- The complaints that were joined to another one, each in its newest state, with the month (China) in which it
-- was received. They are in no count of complaints; only the times of a cohort know them.
select t.*, cast(date_trunc('month', t.received_at + interval '8' hour) as date) as received_month
from complaints_kept t
join newest on t.ref = newest.ref and t.day = newest.day
where t.joined
