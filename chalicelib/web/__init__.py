"""The HTTP layer: routes, pages, problems, callers. No other code knows HTTP."""
