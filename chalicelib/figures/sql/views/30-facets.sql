-- by what complaints are counted, for the whole house (no team) and within each team: each complaint once for
-- itself, and once for each code that it has
with counted as (
  select ref, 'all' as facet, 'all' as code from complaints
  union all select ref, 'type', type from complaints
  union all select ref, 'channel', channel from complaints
  union all select ref, 'right', code from rights
)
select k.ref, '' as team, k.facet, k.code from counted k
union all select k.ref, c.team, k.facet, k.code from counted k join complaints c on c.ref = k.ref
union all select ref, '', 'team', team from complaints
union all select ref, '', 'class', class from complaints where class is not null
