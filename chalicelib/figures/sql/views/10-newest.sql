-- The newest day for which each complaint was exported.
select ref, max(day) as day from complaints_kept group by ref
