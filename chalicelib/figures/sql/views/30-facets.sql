-- by what complaints are counted: each complaint once for itself, and once for each code that it has
select ref, 'all' as facet, 'all' as code from complaints
union all select ref, 'type', type from complaints
union all select ref, 'channel', channel from complaints
union all select ref, 'team', team from complaints
union all select ref, 'class', class from complaints where class is not null
union all select ref, 'right', code from rights
