-- by day (China) and kind, how many came in, and how often an answer found each cause
select cast(since + interval '8' hour as date) as day, facet, code, count(*) as n
from kinds
group by 1, facet, code
order by 1, 2, 3
