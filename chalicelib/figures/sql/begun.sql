-- Combines: recorded.
-- The day (China) on which the first complaint was recorded. There is no row without complaints.
select cast(min(recorded_at) + interval '8' hour as date) as day from recorded
having count(recorded_at) > 0
