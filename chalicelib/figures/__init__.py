"""The figures (statistics). Every night the complaints that moved on a past day are exported as rows of codes
and dates. DuckDB reads these rows, and every internal figure is one SQL statement over them.

The rows hold no free text. Of a member of staff they hold only the id of the person who owned a complaint.
They name a company only if the policy lists this company."""
