-- Complaints by their day of receipt (China) and main cause. The cause is empty if none was found.
select cast(c.received_at + interval '8' hour as date) as day, k.code as cause, count(*) as n
from complaints c left join causes k on k.ref = c.ref and k.rank = 1
group by 1, k.code
order by 1, 2
