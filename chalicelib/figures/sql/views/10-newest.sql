-- the day on which each complaint moved last
select ref, max(day) as day from complaints_kept group by ref
