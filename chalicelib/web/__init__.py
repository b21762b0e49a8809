"""The HTTP layer: routes, pages, error answers, and the identification of callers. No other code knows
HTTP."""
