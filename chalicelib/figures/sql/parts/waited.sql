-- How often a step of our own clock was taken so many seconds late, by day (China).
select local_day as day, waited_s, count(*) as n
from moves
where waited_s is not null
group by local_day, waited_s
