-- The terms in which a team or a person had each complaint. A row without an owner is the term of a team; the
-- other rows are the terms of the people who owned the complaint. `n` is the entry with which the term began,
-- `until_n` the entry that ended it. `term` counts the terms of a complaint from 1. The first team had the
-- complaint from the beginning. An older row of the export has no holders: there the team of the complaint
-- had it all the time.
with named as (
  select h.ref, h.n, h.since, h.team, coalesce(h.owner, '') as owner
  from holders_kept h
  join newest on h.ref = newest.ref and h.day = newest.day
  join complaints c on c.ref = h.ref
  union all
  select c.ref, 1, c.recorded_at, c.team, ''
  from complaints c
  left join (select distinct ref, day from holders_kept) h on h.ref = c.ref and h.day = c.day
  where h.ref is null
),
begun as (
  select ref, n, since, team, '' as owner, 'team' as kind
  from (select *, lag(team, 1, '') over (partition by ref order by n) as before from named) each_team
  where team != before
  union all
  select ref, n, since, team, owner, 'person' from named
),
ended as (
  select *, lead(n) over (partition by ref, kind order by n) as until_n,
    lead(since) over (partition by ref, kind order by n) as until
  from begun
)
select ref, team, owner, kind, n, since, until_n, until,
  row_number() over (partition by ref, kind order by n) as term
from ended
where kind = 'team' or owner != ''
