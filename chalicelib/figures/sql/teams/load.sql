-- Adds up: n.
-- The open complaints of each team (empty owner) and of each person, by stage.
select t.team, t.owner, c.stage, count(*) as n
from terms t join complaints c on c.ref = t.ref
where t.until_n is null and c.stage != 'closed'
group by t.team, t.owner, c.stage
order by 1, 2, 3
