"""The only code that knows HTTP: routes, pages, problems, callers."""
