-- Each entry of each improvement action and training. An entry that was exported twice counts once.
select distinct t.*, cast(date_trunc('month', t.taken_at + interval '8' hour) as date) as local_month
from learning_kept t
