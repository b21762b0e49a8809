"""The work of operations: the clock, the roster and its vacancies, and the check of the record."""
