-- Each score that a survey answer gives, with its question and who gave it (`person`). In older rows of the
-- export each complaint stands for a person.
with said as (select m.*, coalesce(m.person, m.ref) as who from moves m)
select ref, who as person, taken_at, local_month as month, 'overall' as question, overall as score
from said where overall is not null
union all select ref, who, taken_at, local_month, 'ease', ease from said where ease is not null
union all select ref, who, taken_at, local_month, 'speed', speed from said where speed is not null
union all select ref, who, taken_at, local_month, 'fairness', fairness from said where fairness is not null
union all select ref, who, taken_at, local_month, 'clarity', clarity from said where clarity is not null
