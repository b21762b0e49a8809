-- how often each thing was done that ends or opens a part of the process, and the code that it turned on
select m.local_month as month, f.team, f.facet, f.code, m.move, m.code as detail, count(*) as n
from moves m join facets f on f.ref = m.ref
where m.move in ('accept', 'decline', 'answer', 'ask_reconsideration', 'raise_dispute', 'identify_dispute',
  'consent_mediation', 'end_mediation', 'lapse_mediation', 'draft_agreement', 'record_on_the_spot',
  'accept_appointment', 'record_seal', 'settle_at_once',
  'find_breach', 'take_measure', 'record_cure', 'reopen', 'withdraw')
group by m.local_month, f.team, f.facet, f.code, m.move, m.code
order by 1, 2, 3, 4, 5, 6
