-- The breakdowns (facets) by which complaints are counted: one row for each complaint, team, facet and code.
-- The whole company has an empty team. Facet `all` has each complaint once. Facet `help` says whether a person
-- stated a need of help; older rows of the export do not know it.
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
union all select ref, '', 'company', company from complaints where company is not null
union all select ref, '', 'region', region from complaints where region is not null
union all select ref, '', 'help', case when needs_help then 'stated' else 'not_stated' end from complaints
where needs_help is not null
