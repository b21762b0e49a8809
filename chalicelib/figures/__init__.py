"""Figures: what moved on a day leaves the case file at night as rows of codes and dates, DuckDB reads them,
and every figure of the house is one SQL statement over them (issue 17). No words and no member of staff
is in these rows, and of names only those of companies that the policy lists."""
