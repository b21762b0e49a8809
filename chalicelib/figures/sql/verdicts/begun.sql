-- The day (China) on which the first complaint was recorded.
select cast(min(recorded_at) + interval '8' hour as date) as day from complaints
