"""The figures (statistics). Every night the complaints that moved on a past day are exported as rows of codes
and dates. DuckDB reads these rows, and every internal figure is one SQL statement over them.

The rows hold no free text and name no officer. They name a company only if the policy lists this company."""
