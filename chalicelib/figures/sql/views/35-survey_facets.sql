-- The breakdowns (facets) by which survey answers are counted: some of those of complaints, and the part of
-- the process that the complaint has reached.
select ref, team, facet, code from facets where facet not in ('class', 'company', 'region', 'help')
union all select ref, '', 'stage', stage from reached
union all select r.ref, c.team, 'stage', r.stage from reached r join complaints c on c.ref = r.ref
