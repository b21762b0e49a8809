-- Each score that a survey answer gives, with its question.
select ref, taken_at, local_month as month, 'overall' as question, overall as score
from moves where overall is not null
union all select ref, taken_at, local_month, 'ease', ease from moves where ease is not null
union all select ref, taken_at, local_month, 'speed', speed from moves where speed is not null
union all select ref, taken_at, local_month, 'fairness', fairness from moves where fairness is not null
union all select ref, taken_at, local_month, 'clarity', clarity from moves where clarity is not null
