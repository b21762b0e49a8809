-- The breakdowns (facets) of the complaints that were joined to another one, like those of the view `facets`.
with counted as (
  select ref, 'all' as facet, 'all' as code from joined
  union all select ref, 'type', type from joined
  union all select ref, 'channel', channel from joined
  union all select j.ref, 'right', r.code from joined j join rights r on r.ref = j.ref
)
select k.ref, '' as team, k.facet, k.code from counted k
union all select k.ref, j.team, k.facet, k.code from counted k join joined j on j.ref = k.ref
union all select ref, '', 'team', team from joined
union all select ref, '', 'class', class from joined where class is not null
union all select ref, '', 'company', company from joined where company is not null
union all select ref, '', 'region', region from joined where region is not null
union all select ref, '', 'help', case when needs_help then 'stated' else 'not_stated' end from joined
where needs_help is not null
