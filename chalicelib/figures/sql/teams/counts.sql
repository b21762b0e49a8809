-- Combines: team_events.
-- What happened to the complaints of each team (empty owner) and of each person. There are rows for each month
-- (China), and rows with an empty month for the newest 90 days. An event counts with those who had the
-- complaint then: before the move that is the event, or at the end of the last day of a promise. `due` are the
-- promises of the company whose last day is over. Of these, some were `kept` by that day, and others were
-- `late`, broken or are still open. Promises that were given up are left out. A deadline counts as `missed`
-- when the clock first noticed it.
select month, team, owner, what, sum(n) as n
from team_events
group by month, team, owner, what
union all
select null, e.team, e.owner, e.what, sum(e.n)
from team_events e cross join last_entry q
where e.day > q.day - interval '90' day
group by e.team, e.owner, e.what
order by 1, 2, 3, 4, 5
