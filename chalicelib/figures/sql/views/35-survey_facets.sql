-- by what answers to the survey are counted: as complaints are, and by how far the complaint has gone
select ref, team, facet, code from facets
union all select ref, '', 'stage', stage from reached
union all select r.ref, c.team, 'stage', r.stage from reached r join complaints c on c.ref = r.ref
