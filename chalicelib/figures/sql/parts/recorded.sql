-- The moment at which the first complaint was recorded.
select min(recorded_at) as recorded_at from complaints
