-- improvement actions and trainings, for the whole house (no team) and within each team: how often each thing
-- was done, and what the figures said of the cause when somebody looked whether an action had worked
select l.local_month as month, '' as team, 'all' as facet, 'all' as code, l.move, l.verdict, count(*) as n
from learning l
group by l.local_month, l.move, l.verdict
union all
select l.local_month, l.team, 'all', 'all', l.move, l.verdict, count(*)
from learning l
group by l.local_month, l.team, l.move, l.verdict
order by 1, 2, 5, 6
